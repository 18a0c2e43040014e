-- budget.limits.ts
local INTERACTIVE_FLOOR = 2
local BACKGROUND_FLOOR = 1
local PASSED_MAX = 4
local DECREASE = 0.7
local INCREASE = 0.1
local CLEAN_WINDOWS = 10
local CLEAN_MS = 10000
local RETRY_TENTHS = 10
local RETRY_BURST = 10

local function heldWindowMs(limits)
  if not limits.rate then return 0 end
  return limits.rate.windowMs + 1 + math.ceil(limits.rate.windowMs / 2000)
end

local function effectiveRate(state, limits)
  if not limits.rate then return 0 end
  return math.max(1, math.floor(limits.rate.calls - state.pace.rateLoss))
end

local function effectivePlaces(state, limits)
  if limits.rate then return limits.places end
  return math.max(1, math.floor(limits.places - state.pace.placeLoss))
end

local function floorOf(callClass, limit)
  if callClass == 'interactive' then return math.min(INTERACTIVE_FLOOR, limit - 1) end
  return math.min(BACKGROUND_FLOOR, limit - 1)
end

local function operationPlaces(turn)
  return math.ceil(turn.places / 2)
end

local function callerPlaces(turn)
  return math.ceil((turn.places * 3) / 4)
end

local function keptSlots(turn, callClass, doesOtherWait)
  local background = turn.slotsUsed - turn.interactiveSlots
  if callClass == 'background' then
    return math.max(0, floorOf('interactive', turn.rate) - turn.interactiveSlots)
  end
  return doesOtherWait and math.max(0, floorOf('background', turn.rate) - background) or 0
end

local function keptPlaces(turn, callClass, doesOtherWait)
  local background = turn.placesUsed - turn.interactivePlaces
  if callClass == 'background' then
    return math.max(0, floorOf('interactive', turn.places) - turn.interactivePlaces)
  end
  return doesOtherWait and math.max(0, floorOf('background', turn.places) - background) or 0
end

local function hasRoom(turn, callClass, doesOtherWait)
  if turn.limits.rate then
    local kept = keptSlots(turn, callClass, doesOtherWait)
    if turn.rate - turn.slotsUsed - kept < 1 then return false end
  end
  return turn.places - turn.placesUsed - keptPlaces(turn, callClass, doesOtherWait) >= 1
end

local function shareOfClass(callClass, limit, isOtherSeen)
  if limit == 1 then
    if not isOtherSeen then return 1 end
    return callClass == 'interactive' and PASSED_MAX / (PASSED_MAX + 1) or 1 / (PASSED_MAX + 1)
  end
  if callClass == 'interactive' then return isOtherSeen and limit - floorOf('background', limit) or limit end
  return isOtherSeen and floorOf('background', limit) or limit - floorOf('interactive', limit)
end

local function cleanMs(limits)
  return limits.rate and limits.rate.windowMs * CLEAN_WINDOWS or CLEAN_MS
end

local function decrease(turn)
  local state, limits = turn.state, turn.limits
  if limits.rate then
    local allowed = math.max(1, limits.rate.calls - state.pace.rateLoss)
    state.pace.rateLoss = limits.rate.calls - math.max(1, allowed * DECREASE)
  else
    local allowed = math.max(1, limits.places - state.pace.placeLoss)
    state.pace.placeLoss = limits.places - math.max(1, allowed * DECREASE)
  end
  state.pace.growMs = turn.now + cleanMs(limits)
  turn.rate = effectiveRate(state, limits)
  turn.places = effectivePlaces(state, limits)
end

local function grow(turn)
  local pace = turn.state.pace
  if pace.rateLoss <= 0 and pace.placeLoss <= 0 then return end
  if turn.now < pace.growMs or turn.state.gate.status ~= 'closed' then return end
  if turn.limits.rate then
    if turn.slotsUsed * 2 < turn.rate then return end
    pace.rateLoss = math.max(0, pace.rateLoss - math.max(1, turn.limits.rate.calls * INCREASE))
  else
    if turn.placesUsed * 2 < turn.places then return end
    pace.placeLoss = math.max(0, pace.placeLoss - math.max(1, turn.limits.places * INCREASE))
  end
  pace.growMs = turn.now + cleanMs(turn.limits)
  turn.rate = effectiveRate(turn.state, turn.limits)
  turn.places = effectivePlaces(turn.state, turn.limits)
end

local function retryTenthsMax(limits)
  local calls = limits.rate and limits.rate.calls or RETRY_BURST
  return math.max(1, math.min(RETRY_BURST, calls)) * RETRY_TENTHS
end

local function hasRetry(turn)
  return turn.state.pace.retryTenths + RETRY_TENTHS <= retryTenthsMax(turn.limits)
end

local function takeRetry(turn)
  turn.state.pace.retryTenths = turn.state.pace.retryTenths + RETRY_TENTHS
end

local function returnRetry(turn)
  turn.state.pace.retryTenths = math.max(0, turn.state.pace.retryTenths - RETRY_TENTHS)
end

local function earnRetry(turn)
  turn.state.pace.retryTenths = math.max(0, turn.state.pace.retryTenths - 1)
end

