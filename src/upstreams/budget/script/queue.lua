-- budget.queue.ts
function B.otherClass(callClass)
  return callClass == 'interactive' and 'background' or 'interactive'
end

function B.doesWait(state, callClass)
  for _, call in ipairs(state.waiting) do
    if call.callClass == callClass then return true end
  end
  return false
end

function B.isUnderCaps(turn, call)
  local sameOperation, sameCaller = 0, 0
  for _, held in ipairs(turn.state.held) do
    if held.isPlace then
      if held.operation == call.operation then sameOperation = sameOperation + 1 end
      if held.caller == call.caller then sameCaller = sameCaller + 1 end
    end
  end
  return sameOperation < B.operationPlaces(turn) and sameCaller < B.callerPlaces(turn)
end

function B.canGo(turn, call)
  if not B.isGateClear(turn) then return false end
  if not B.hasRoom(turn, call.callClass, B.doesWait(turn.state, B.otherClass(call.callClass))) then return false end
  return B.isUnderCaps(turn, call)
end

function B.fullNames(turn)
  local operations, callers = {}, {}
  local full = { operations = {}, callers = {} }
  for _, held in ipairs(turn.state.held) do
    if held.isPlace then
      local sameOperation = (operations[held.operation] or 0) + 1
      operations[held.operation] = sameOperation
      if sameOperation >= B.operationPlaces(turn) then full.operations[held.operation] = true end
      local sameCaller = (callers[held.caller] or 0) + 1
      callers[held.caller] = sameCaller
      if sameCaller >= B.callerPlaces(turn) then full.callers[held.caller] = true end
    end
  end
  return full
end

function B.isBefore(call, tag, other, otherTag)
  if tag ~= otherTag then return tag < otherTag end
  if call.latestMs ~= other.latestMs then return call.latestMs < other.latestMs end
  return call.no < other.no
end

function B.nextWaiting(turn, callClass)
  local waiting = turn.state.waiting
  local tags = {}
  for _, flow in ipairs(turn.state.flows) do
    if flow.callClass == callClass then tags[flow.caller] = flow.tag end
  end
  local full = B.fullNames(turn)
  local best, bestTag = nil, 0
  for index, call in ipairs(waiting) do
    local isFull = full.operations[call.operation] or full.callers[call.caller]
    if call.callClass == callClass and call.latestMs >= turn.now and not isFull then
      local tag = tags[call.caller] or 0
      local other = best and waiting[best]
      if (not other or B.isBefore(call, tag, other, bestTag)) and not B.isSilent(turn, call.replica) then
        best = index
        bestTag = tag
      end
    end
  end
  return best
end

function B.virtualTime(state, callClass)
  return callClass == 'interactive' and state.interactiveTag or state.backgroundTag
end

function B.activate(turn, call, flow)
  for _, other in ipairs(turn.state.waiting) do
    if other.caller == call.caller and other.callClass == call.callClass then return end
  end
  flow.tag = math.max(flow.tag, B.virtualTime(turn.state, call.callClass))
end

function B.joinQueue(turn, call, flow)
  B.activate(turn, call, flow)
  B.push(turn.state.waiting, call)
end

function B.startAnew(state, callClass)
  if callClass == 'interactive' then state.interactiveTag = 0 else state.backgroundTag = 0 end
  for _, flow in ipairs(state.flows) do
    if flow.callClass == callClass then flow.tag = 0 end
  end
end

function B.passTag(turn, call)
  local state = turn.state
  if not B.doesWait(state, call.callClass) then
    B.startAnew(state, call.callClass)
    return
  end
  local flow = B.findFlow(state, call.caller, call.callClass)
  if not flow then return end
  local time = math.max(B.virtualTime(state, call.callClass), flow.tag)
  if call.callClass == 'interactive' then state.interactiveTag = time else state.backgroundTag = time end
  flow.tag = math.max(flow.tag + 1 / call.weight, time)
end

function B.serveNext(turn, callClass)
  local state = turn.state
  local doesOtherWait = B.doesWait(state, B.otherClass(callClass))
  if not B.hasRoom(turn, callClass, doesOtherWait) then return false end
  local index = B.nextWaiting(turn, callClass)
  if not index then return false end
  local call = table.remove(state.waiting, index)
  B.passTag(turn, call)
  if callClass == 'background' then
    state.passed = 0
  elseif doesOtherWait then
    state.passed = state.passed + 1
  end
  B.grantCall(turn, call)
  return true
end

function B.serveQueue(turn)
  local state = turn.state
  while #state.waiting > 0 and B.isGateClear(turn) do
    local isNarrow = turn.places == 1 or turn.rate == 1
    local first = isNarrow and state.passed >= B.PASSED_MAX and 'background' or 'interactive'
    if not B.serveNext(turn, first) and not B.serveNext(turn, B.otherClass(first)) then return end
  end
end

function B.leaveQueue(turn, index)
  local state = turn.state
  local call = index and state.waiting[index]
  if not call then return nil end
  table.remove(state.waiting, index)
  if call.isRetry then B.returnRetry(turn) end
  if not B.doesWait(state, call.callClass) then B.startAnew(state, call.callClass) end
  return call
end

