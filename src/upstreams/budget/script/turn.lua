-- budget.turn.ts
local function push(list, item)
  list[#list + 1] = item
end

local function report(turn, replica, result)
  if replica == turn.context.replica then
    push(turn.results, result)
    return
  end
  for _, other in ipairs(turn.others) do
    if other.replica == replica then
      push(other.results, result)
      return
    end
  end
  push(turn.others, { replica = replica, results = { result } })
end

local function reportRefusal(turn, call, reason, retryAfterMs)
  report(turn, call.replica, { id = call.id, granted = false, reason = reason, retryAfterMs = retryAfterMs })
end

local function findHeld(state, id)
  for _, call in ipairs(state.held) do
    if call.id == id then return call end
  end
  return nil
end

local function findWaiting(state, id)
  for index, call in ipairs(state.waiting) do
    if call.id == id then return index end
  end
  return nil
end

local function findReplica(state, name)
  for _, replica in ipairs(state.replicas) do
    if replica.name == name then return replica end
  end
  return nil
end

local function findFlow(state, caller, callClass)
  for _, flow in ipairs(state.flows) do
    if flow.caller == caller and flow.callClass == callClass then return flow end
  end
  return nil
end

local function findOperation(state, name)
  for _, operation in ipairs(state.operations) do
    if operation.name == name then return operation end
  end
  return nil
end

