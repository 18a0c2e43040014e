-- budget.forecast.ts
local function smallest(times, place)
  if place <= 0 then return 0 end
  table.sort(times)
  return times[math.min(place, #times)] or 0
end

local function remainingMs(turn, held, meanMs)
  local ageMs = turn.now - held.grantedMs
  if ageMs < meanMs then return meanMs - ageMs end
  local mostMs = math.max(0, turn.limits.attemptMs + LINGER_MS - ageMs)
  return math.min(ageMs - meanMs, mostMs)
end

local function placeMs(turn, call, doesOtherWait)
  local all, own = {}, {}
  for _, other in ipairs(turn.state.held) do
    if other.isPlace then
      local ms = remainingMs(turn, other, turn.state.pace.placeMs)
      push(all, ms)
      if other.caller == call.caller then push(own, ms) end
    end
  end
  local kept = keptPlaces(turn, call.callClass, doesOtherWait)
  local anyMs = smallest(all, #all + kept - turn.places + 1)
  return math.max(anyMs, smallest(own, #own - callerPlaces(turn) + 1))
end

local function slotTimes(turn, headMs)
  local times = {}
  for _, call in ipairs(turn.state.held) do
    if call.slotMs > turn.now then
      local headIn = math.max(0, call.grantedMs + headMs - turn.now)
      local isOpen = call.slotMs == UNTIL_HEAD
      push(times, isOpen and headIn + heldWindowMs(turn.limits) or call.slotMs - turn.now)
    end
  end
  return times
end

local function slotMs(turn, kept, headMs)
  local times = slotTimes(turn, headMs)
  return smallest(times, #times + kept - turn.rate + 1)
end

local function comebackMs(turn, call, fromMs, slackMs)
  local headMs = turn.state.pace.headMs
  local cycleMs = heldWindowMs(turn.limits) + headMs
  if slackMs >= cycleMs then return fromMs end
  local times = slotTimes(turn, headMs)
  table.sort(times)
  local kept = keptSlots(turn, call.callClass, doesWait(turn.state, otherClass(call.callClass)))
  local ahead = #times + kept - turn.rate + #turn.state.waiting
  if ahead < 0 or #times == 0 then return fromMs end
  local round = math.floor(ahead / #times)
  return math.max(fromMs, times[ahead - round * #times + 1] + round * cycleMs)
end

local function operationFreeMs(turn, operation, meanMs)
  local times = {}
  for _, held in ipairs(turn.state.held) do
    if held.isPlace and held.operation == operation then push(times, remainingMs(turn, held, meanMs)) end
  end
  return smallest(times, #times - operationPlaces(turn) + 1)
end

local function certainMs(turn)
  local ms = gateWaitMs(turn)
  return turn.limits.rate and math.max(ms, slotMs(turn, 0, 0)) or ms
end

local function expectedMs(turn, call)
  local doesOtherWait = doesWait(turn.state, otherClass(call.callClass))
  local ms = math.max(gateWaitMs(turn), placeMs(turn, call, doesOtherWait))
  if turn.limits.rate then
    local kept = keptSlots(turn, call.callClass, doesOtherWait)
    ms = math.max(ms, slotMs(turn, kept, turn.state.pace.headMs))
  end
  return ms
end

