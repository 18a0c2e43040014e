-- budget.admission.ts
local SAFETY = 1.3
local RETRY_MS_MAX = 60000
local RETRY_THROTTLED_MS_MAX = 3600000

local function seeFlow(turn, call)
  local found = findFlow(turn.state, call.caller, call.callClass)
  if found then
    found.seenMs = turn.now
    found.weight = call.weight
    return found
  end
  local flow = {
    caller = call.caller,
    callClass = call.callClass,
    weight = call.weight,
    seenMs = turn.now,
    tag = 0,
    ticketMs = 0,
  }
  push(turn.state.flows, flow)
  return flow
end

local function sweepFlows(turn)
  local state, now = turn.state, turn.now
  local all = state.flows
  state.flows = {}
  for _, flow in ipairs(all) do
    local isOver = flow.seenMs + SEEN_MS <= now and flow.ticketMs <= now and flow.tag == 0
    if not isOver then push(state.flows, flow) end
  end
end

local function takeTicket(turn, flow, admission)
  local maxMs = admission.reason == 'throttled' and RETRY_THROTTLED_MS_MAX or RETRY_MS_MAX
  local retryAfterMs = math.ceil(math.max(admission.needMs, flow.ticketMs - turn.now))
  if retryAfterMs > maxMs then return maxMs end
  flow.ticketMs = turn.now + retryAfterMs + admission.perCallMs
  return retryAfterMs
end

local function seenShare(turn, call)
  local weights = 0
  local isOtherSeen = false
  for _, flow in ipairs(turn.state.flows) do
    if flow.seenMs + SEEN_MS > turn.now then
      if flow.callClass == call.callClass then
        weights = weights + flow.weight
      else
        isOtherSeen = true
      end
    end
  end
  return call.weight / math.max(weights, call.weight), isOtherSeen
end

local function timePerCall(turn, call, isOtherSeen)
  local pace = turn.state.pace
  local placeMs = pace.placeMs / shareOfClass(call.callClass, turn.places, isOtherSeen)
  if not turn.limits.rate then return placeMs * SAFETY end
  local slotMs = heldWindowMs(turn.limits) + pace.headMs
  return math.max(placeMs, slotMs / shareOfClass(call.callClass, turn.rate, isOtherSeen)) * SAFETY
end

local function isSameFlow(other, call)
  return other.caller == call.caller and other.callClass == call.callClass
end

local function operationMs(turn, call, weight)
  local operation = findOperation(turn.state, call.operation)
  local meanMs = operation and operation.placeMs or turn.state.pace.placeMs
  local freeMs = operationFreeMs(turn, call.operation, meanMs)
  if freeMs == 0 then return 0 end
  local before = 0.5
  for _, other in ipairs(turn.state.waiting) do
    local isEarlier = isSameFlow(other, call) and other.latestMs <= call.latestMs
    if isEarlier and other.operation == call.operation then before = before + 1 end
  end
  return freeMs + (before * meanMs * SAFETY) / operationPlaces(turn) / weight
end

local function countBefore(turn, call)
  local before = 0
  for _, other in ipairs(turn.state.waiting) do
    if isSameFlow(other, call) and other.latestMs <= call.latestMs then before = before + 1 end
  end
  return before
end

local function latenessOfOthers(turn, call, baseMs, perCallMs)
  local later = {}
  for _, other in ipairs(turn.state.waiting) do
    if isSameFlow(other, call) and other.latestMs > call.latestMs then push(later, other.latestMs) end
  end
  table.sort(later)
  local position = countBefore(turn, call) + 1.5
  local worstMs = 0
  for _, latestMs in ipairs(later) do
    worstMs = math.max(worstMs, turn.now + baseMs + position * perCallMs - latestMs)
    position = position + 1
  end
  return worstMs
end

local function isQueueFull(turn, call)
  if #turn.state.waiting >= QUEUE_MAX then return true end
  local same = 0
  for _, other in ipairs(turn.state.waiting) do
    if isSameFlow(other, call) then same = same + 1 end
  end
  return same >= CALLER_QUEUE_MAX
end

local function comeback(turn, call, needMs, perCallMs)
  local gateMs = gateWaitMs(turn)
  if not turn.limits.rate or gateMs > 0 then return math.max(needMs, gateMs) end
  return comebackMs(turn, call, needMs, call.latestMs - turn.now - 0.5 * perCallMs)
end

local function admit(turn, call)
  local weight, isOtherSeen = seenShare(turn, call)
  local perCallMs = timePerCall(turn, call, isOtherSeen) / weight
  local baseMs = expectedMs(turn, call)
  local untilMs = call.latestMs - turn.now
  local ownMs = baseMs + (countBefore(turn, call) + 0.5) * perCallMs
  local etaMs = math.max(ownMs, operationMs(turn, call, weight))
  local lateMs = latenessOfOthers(turn, call, baseMs, perCallMs)
  local isFull = isQueueFull(turn, call)
  local isThrottled = turn.state.gate.reason == 'throttled'
  local needMs = math.max(0, etaMs - untilMs, lateMs, isFull and baseMs + perCallMs or 0)
  return {
    isAdmitted = etaMs <= untilMs and lateMs <= 0 and not isFull,
    reason = isThrottled and 'throttled' or isFull and 'queue-full' or 'no-time',
    needMs = comeback(turn, call, needMs, perCallMs),
    perCallMs = perCallMs,
  }
end

