-- budget.queue.ts
local function otherClass(callClass)
  return callClass == 'interactive' and 'background' or 'interactive'
end

local function doesWait(state, callClass)
  for _, call in ipairs(state.waiting) do
    if call.callClass == callClass then return true end
  end
  return false
end

local function isUnderCaps(turn, call)
  local sameOperation, sameCaller = 0, 0
  for _, held in ipairs(turn.state.held) do
    if held.isPlace then
      if held.operation == call.operation then sameOperation = sameOperation + 1 end
      if held.caller == call.caller then sameCaller = sameCaller + 1 end
    end
  end
  return sameOperation < operationPlaces(turn) and sameCaller < callerPlaces(turn)
end

local function canGo(turn, call)
  if not isGateClear(turn) then return false end
  if not hasRoom(turn, call.callClass, doesWait(turn.state, otherClass(call.callClass))) then return false end
  return isUnderCaps(turn, call)
end

local function fullNames(turn)
  local operations, callers = {}, {}
  local full = { operations = {}, callers = {} }
  for _, held in ipairs(turn.state.held) do
    if held.isPlace then
      local sameOperation = (operations[held.operation] or 0) + 1
      operations[held.operation] = sameOperation
      if sameOperation >= operationPlaces(turn) then full.operations[held.operation] = true end
      local sameCaller = (callers[held.caller] or 0) + 1
      callers[held.caller] = sameCaller
      if sameCaller >= callerPlaces(turn) then full.callers[held.caller] = true end
    end
  end
  return full
end

local function isBefore(call, tag, other, otherTag)
  if tag ~= otherTag then return tag < otherTag end
  if call.latestMs ~= other.latestMs then return call.latestMs < other.latestMs end
  return call.no < other.no
end

local function nextWaiting(turn, callClass)
  local waiting = turn.state.waiting
  local tags = {}
  for _, flow in ipairs(turn.state.flows) do
    if flow.callClass == callClass then tags[flow.caller] = flow.tag end
  end
  local full = fullNames(turn)
  local best, bestTag = nil, 0
  for index, call in ipairs(waiting) do
    if call.callClass == callClass and not full.operations[call.operation] and not full.callers[call.caller] then
      local tag = tags[call.caller] or 0
      local other = best and waiting[best]
      if (not other or isBefore(call, tag, other, bestTag)) and not isSilent(turn, call.replica) then
        best = index
        bestTag = tag
      end
    end
  end
  return best
end

local function virtualTime(state, callClass)
  return callClass == 'interactive' and state.interactiveTag or state.backgroundTag
end

local function activate(turn, call, flow)
  for _, other in ipairs(turn.state.waiting) do
    if other.caller == call.caller and other.callClass == call.callClass then return end
  end
  flow.tag = math.max(flow.tag, virtualTime(turn.state, call.callClass))
end

local function joinQueue(turn, call, flow)
  activate(turn, call, flow)
  push(turn.state.waiting, call)
end

local function startAnew(state, callClass)
  if callClass == 'interactive' then state.interactiveTag = 0 else state.backgroundTag = 0 end
  for _, flow in ipairs(state.flows) do
    if flow.callClass == callClass then flow.tag = 0 end
  end
end

local function passTag(turn, call)
  local state = turn.state
  if not doesWait(state, call.callClass) then
    startAnew(state, call.callClass)
    return
  end
  local flow = findFlow(state, call.caller, call.callClass)
  if not flow then return end
  local time = math.max(virtualTime(state, call.callClass), flow.tag)
  if call.callClass == 'interactive' then state.interactiveTag = time else state.backgroundTag = time end
  flow.tag = math.max(flow.tag + 1 / call.weight, time)
end

local function serveNext(turn, callClass)
  local state = turn.state
  local doesOtherWait = doesWait(state, otherClass(callClass))
  if not hasRoom(turn, callClass, doesOtherWait) then return false end
  local index = nextWaiting(turn, callClass)
  if not index then return false end
  local call = table.remove(state.waiting, index)
  passTag(turn, call)
  if callClass == 'background' then
    state.passed = 0
  elseif doesOtherWait then
    state.passed = state.passed + 1
  end
  grantCall(turn, call)
  return true
end

local function serveQueue(turn)
  local state = turn.state
  while #state.waiting > 0 and isGateClear(turn) do
    local isNarrow = turn.places == 1 or turn.rate == 1
    local first = isNarrow and state.passed >= PASSED_MAX and 'background' or 'interactive'
    if not serveNext(turn, first) and not serveNext(turn, otherClass(first)) then return end
  end
end

local function leaveQueue(turn, index)
  local state = turn.state
  local call = index and state.waiting[index]
  if not call then return nil end
  table.remove(state.waiting, index)
  if call.isRetry then returnRetry(turn) end
  if not doesWait(state, call.callClass) then startAnew(state, call.callClass) end
  return call
end

