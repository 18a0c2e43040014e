-- budget.turn.ts
function B.push(list, item)
  list[#list + 1] = item
end

function B.report(turn, replica, result)
  if replica == turn.context.replica then
    B.push(turn.results, result)
    return
  end
  for _, other in ipairs(turn.others) do
    if other.replica == replica then
      B.push(other.results, result)
      return
    end
  end
  B.push(turn.others, { replica = replica, results = { result } })
end

function B.reportRefusal(turn, call, reason, retryAfterMs)
  B.report(turn, call.replica, { id = call.id, granted = false, reason = reason, retryAfterMs = retryAfterMs })
end

function B.findHeld(state, id)
  for _, call in ipairs(state.held) do
    if call.id == id then return call end
  end
  return nil
end

function B.findWaiting(state, id)
  for index, call in ipairs(state.waiting) do
    if call.id == id then return index end
  end
  return nil
end

function B.findReplica(state, name)
  for _, replica in ipairs(state.replicas) do
    if replica.name == name then return replica end
  end
  return nil
end

function B.findFlow(state, caller, callClass)
  for _, flow in ipairs(state.flows) do
    if flow.caller == caller and flow.callClass == callClass then return flow end
  end
  return nil
end

function B.findOperation(state, name)
  for _, operation in ipairs(state.operations) do
    if operation.name == name then return operation end
  end
  return nil
end

