-- budget.limits.ts
B.INTERACTIVE_FLOOR = 2
B.BACKGROUND_FLOOR = 1
B.PASSED_MAX = 4
B.DECREASE = 0.7
B.INCREASE = 0.1
B.CLEAN_WINDOWS = 10
B.CLEAN_MS = 10000
B.RETRY_TENTHS = 10
B.RETRY_BURST = 10

function B.heldWindowMs(limits)
  if not limits.rate then return 0 end
  return limits.rate.windowMs + 1 + math.ceil(limits.rate.windowMs / 2000)
end

function B.effectiveRate(turn)
  local rate = turn.limits.rate
  if not rate then return 0 end
  return math.max(1, math.min(math.floor(rate.calls - turn.state.pace.rateLoss), rate.calls - turn.reservedCalls))
end

function B.effectivePlaces(turn)
  local limits = turn.limits
  if limits.rate then return math.max(1, limits.places - turn.reservedPlaces) end
  return math.max(1, math.floor(limits.places - turn.state.pace.placeLoss))
end

function B.setAllowed(turn)
  turn.rate = B.effectiveRate(turn)
  turn.places = B.effectivePlaces(turn)
end

function B.floorOf(callClass, limit)
  if callClass == 'interactive' then return math.min(B.INTERACTIVE_FLOOR, limit - 1) end
  return math.min(B.BACKGROUND_FLOOR, limit - 1)
end

function B.operationPlaces(turn)
  return math.ceil(turn.places / 2)
end

function B.callerPlaces(turn)
  return math.ceil((turn.places * 3) / 4)
end

function B.keptSlots(turn, callClass, doesOtherWait)
  local background = turn.slotsUsed - turn.interactiveSlots
  if callClass == 'background' then
    return math.max(0, B.floorOf('interactive', turn.rate) - turn.interactiveSlots)
  end
  return doesOtherWait and math.max(0, B.floorOf('background', turn.rate) - background) or 0
end

function B.keptPlaces(turn, callClass, doesOtherWait)
  local background = turn.placesUsed - turn.interactivePlaces
  if callClass == 'background' then
    return math.max(0, B.floorOf('interactive', turn.places) - turn.interactivePlaces)
  end
  return doesOtherWait and math.max(0, B.floorOf('background', turn.places) - background) or 0
end

function B.hasRoom(turn, callClass, doesOtherWait)
  if turn.limits.rate then
    local kept = B.keptSlots(turn, callClass, doesOtherWait)
    if turn.rate - turn.slotsUsed - kept < 1 then return false end
  end
  return turn.places - turn.placesUsed - B.keptPlaces(turn, callClass, doesOtherWait) >= 1
end

function B.shareOfClass(callClass, limit, isOtherSeen)
  if limit == 1 then
    if not isOtherSeen then return 1 end
    return callClass == 'interactive' and B.PASSED_MAX / (B.PASSED_MAX + 1) or 1 / (B.PASSED_MAX + 1)
  end
  if callClass == 'interactive' then return isOtherSeen and limit - B.floorOf('background', limit) or limit end
  return isOtherSeen and B.floorOf('background', limit) or limit - B.floorOf('interactive', limit)
end

function B.cleanMs(limits)
  return limits.rate and limits.rate.windowMs * B.CLEAN_WINDOWS or B.CLEAN_MS
end

function B.decrease(turn)
  local state, limits = turn.state, turn.limits
  if limits.rate then
    local allowed = math.max(1, limits.rate.calls - state.pace.rateLoss)
    state.pace.rateLoss = limits.rate.calls - math.max(1, allowed * B.DECREASE)
  else
    local allowed = math.max(1, limits.places - state.pace.placeLoss)
    state.pace.placeLoss = limits.places - math.max(1, allowed * B.DECREASE)
  end
  state.pace.growMs = turn.now + B.cleanMs(limits)
  B.setAllowed(turn)
end

function B.grow(turn)
  local pace = turn.state.pace
  if pace.rateLoss <= 0 and pace.placeLoss <= 0 then return end
  if turn.now < pace.growMs or turn.state.gate.status ~= 'closed' then return end
  if turn.limits.rate then
    if turn.slotsUsed * 2 < turn.rate then return end
    pace.rateLoss = math.max(0, pace.rateLoss - math.max(1, turn.limits.rate.calls * B.INCREASE))
  else
    if turn.placesUsed * 2 < turn.places then return end
    pace.placeLoss = math.max(0, pace.placeLoss - math.max(1, turn.limits.places * B.INCREASE))
  end
  pace.growMs = turn.now + B.cleanMs(turn.limits)
  B.setAllowed(turn)
end

function B.retryTenthsMax(limits)
  local calls = limits.rate and limits.rate.calls or B.RETRY_BURST
  return math.max(1, math.min(B.RETRY_BURST, calls)) * B.RETRY_TENTHS
end

function B.hasRetry(turn)
  return turn.state.pace.retryTenths + B.RETRY_TENTHS <= B.retryTenthsMax(turn.limits)
end

function B.takeRetry(turn)
  turn.state.pace.retryTenths = turn.state.pace.retryTenths + B.RETRY_TENTHS
end

function B.returnRetry(turn)
  turn.state.pace.retryTenths = math.max(0, turn.state.pace.retryTenths - B.RETRY_TENTHS)
end

function B.earnRetry(turn)
  turn.state.pace.retryTenths = math.max(0, turn.state.pace.retryTenths - 1)
end

