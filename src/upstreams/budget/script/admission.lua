-- budget.admission.ts
B.SAFETY = 1.3
B.SWEEP_STEPS = 61
B.RETRY_MS_MAX = 60000
B.RETRY_THROTTLED_MS_MAX = 3600000

function B.seeFlow(turn, call)
  local found = B.findFlow(turn.state, call.caller, call.callClass)
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
  B.push(turn.state.flows, flow)
  return flow
end

function B.sweepFlows(turn)
  local state, now = turn.state, turn.now
  if state.seq % B.SWEEP_STEPS ~= 0 then return end
  local all = state.flows
  state.flows = {}
  for _, flow in ipairs(all) do
    local isOver = flow.seenMs + B.SEEN_MS <= now and flow.ticketMs <= now and flow.tag == 0
    if not isOver then B.push(state.flows, flow) end
  end
end

function B.takeTicket(turn, flow, admission)
  local maxMs = admission.reason == 'throttled' and B.RETRY_THROTTLED_MS_MAX or B.RETRY_MS_MAX
  local retryAfterMs = math.ceil(math.max(admission.needMs, flow.ticketMs - turn.now))
  if retryAfterMs > maxMs then return maxMs end
  flow.ticketMs = turn.now + retryAfterMs + admission.perCallMs
  return retryAfterMs
end

function B.seenShare(turn, call)
  local weights = 0
  local isOtherSeen = false
  for _, flow in ipairs(turn.state.flows) do
    if flow.seenMs + B.SEEN_MS > turn.now then
      if flow.callClass == call.callClass then
        weights = weights + flow.weight
      else
        isOtherSeen = true
      end
    end
  end
  return call.weight / math.max(weights, call.weight), isOtherSeen
end

function B.timePerCall(turn, call, isOtherSeen)
  local pace = turn.state.pace
  local placeMs = pace.placeMs / B.shareOfClass(call.callClass, turn.places, isOtherSeen)
  if not turn.limits.rate then return placeMs * B.SAFETY end
  local slotMs = B.heldWindowMs(turn.limits) + pace.headMs
  return math.max(placeMs, slotMs / B.shareOfClass(call.callClass, turn.rate, isOtherSeen)) * B.SAFETY
end

function B.isSameFlow(other, call)
  return other.caller == call.caller and other.callClass == call.callClass
end

function B.operationMs(turn, call, weight)
  local operation = B.findOperation(turn.state, call.operation)
  local meanMs = operation and operation.placeMs or turn.state.pace.placeMs
  local freeMs = B.operationFreeMs(turn, call.operation, meanMs)
  if freeMs == 0 then return 0 end
  local before = 0.5
  for _, other in ipairs(turn.state.waiting) do
    local isEarlier = B.isSameFlow(other, call) and other.latestMs <= call.latestMs
    if isEarlier and other.operation == call.operation then before = before + 1 end
  end
  return freeMs + (before * meanMs * B.SAFETY) / B.operationPlaces(turn) / weight
end

function B.countBefore(turn, call)
  local before = 0
  for _, other in ipairs(turn.state.waiting) do
    if B.isSameFlow(other, call) and other.latestMs <= call.latestMs then before = before + 1 end
  end
  return before
end

function B.latenessOfOthers(turn, call, baseMs, perCallMs)
  local later = {}
  for _, other in ipairs(turn.state.waiting) do
    if B.isSameFlow(other, call) and other.latestMs > call.latestMs then B.push(later, other.latestMs) end
  end
  table.sort(later)
  local position = B.countBefore(turn, call) + 1.5
  local worstMs = 0
  for _, latestMs in ipairs(later) do
    worstMs = math.max(worstMs, turn.now + baseMs + position * perCallMs - latestMs)
    position = position + 1
  end
  return worstMs
end

function B.isQueueFull(turn, call)
  local hasRate = turn.limits.rate ~= nil
  if #turn.state.waiting >= (hasRate and B.QUEUE_MAX or B.FAST_QUEUE_MAX) then return true end
  local same = 0
  for _, other in ipairs(turn.state.waiting) do
    if B.isSameFlow(other, call) then same = same + 1 end
  end
  return same >= (hasRate and B.CALLER_QUEUE_MAX or B.FAST_CALLER_QUEUE_MAX)
end

function B.comeback(turn, call, needMs, perCallMs)
  local gateMs = B.gateWaitMs(turn)
  if not turn.limits.rate or gateMs > 0 then return math.max(needMs, gateMs) end
  return B.comebackMs(turn, call, needMs, call.latestMs - turn.now - 0.5 * perCallMs)
end

function B.admit(turn, call)
  local weight, isOtherSeen = B.seenShare(turn, call)
  local perCallMs = B.timePerCall(turn, call, isOtherSeen) / weight
  local baseMs = B.expectedMs(turn, call)
  local untilMs = call.latestMs - turn.now
  local ownMs = baseMs + (B.countBefore(turn, call) + 0.5) * perCallMs
  local etaMs = math.max(ownMs, B.operationMs(turn, call, weight))
  local lateMs = B.latenessOfOthers(turn, call, baseMs, perCallMs)
  local isFull = B.isQueueFull(turn, call)
  local isThrottled = turn.state.gate.reason == 'throttled'
  local needMs = math.max(0, etaMs - untilMs, lateMs, isFull and baseMs + perCallMs or 0)
  return {
    isAdmitted = etaMs <= untilMs and lateMs <= 0 and not isFull,
    reason = isThrottled and 'throttled' or isFull and 'queue-full' or 'no-time',
    needMs = B.comeback(turn, call, needMs, perCallMs),
    perCallMs = perCallMs,
  }
end

