-- budget.forecast.ts
function B.smallest(times, place)
  if place <= 0 then return 0 end
  table.sort(times)
  return times[math.min(place, #times)] or 0
end

function B.remainingMs(turn, held, meanMs)
  local ageMs = turn.now - held.grantedMs
  if ageMs < meanMs then return meanMs - ageMs end
  local mostMs = math.max(0, turn.limits.attemptMs + B.LINGER_MS - ageMs)
  return math.min(ageMs - meanMs, mostMs)
end

function B.placeMs(turn, call, doesOtherWait)
  local all, own = {}, {}
  for _, other in ipairs(turn.state.held) do
    if other.isPlace then
      local ms = B.remainingMs(turn, other, turn.state.pace.placeMs)
      B.push(all, ms)
      if other.caller == call.caller then B.push(own, ms) end
    end
  end
  local kept = B.keptPlaces(turn, call.callClass, doesOtherWait)
  local anyMs = B.smallest(all, #all + kept - turn.places + 1)
  return math.max(anyMs, B.smallest(own, #own - B.callerPlaces(turn) + 1))
end

function B.slotTimes(turn, headMs)
  local times = {}
  for _, call in ipairs(turn.state.held) do
    if call.slotMs > turn.now then
      local headIn = math.max(0, call.grantedMs + headMs - turn.now)
      local isOpen = call.slotMs == B.UNTIL_HEAD
      B.push(times, isOpen and headIn + B.heldWindowMs(turn.limits) or call.slotMs - turn.now)
    end
  end
  return times
end

function B.slotMs(turn, kept, headMs)
  local times = B.slotTimes(turn, headMs)
  return B.smallest(times, #times + kept - turn.rate + 1)
end

function B.comebackMs(turn, call, fromMs, slackMs)
  local headMs = turn.state.pace.headMs
  local cycleMs = B.heldWindowMs(turn.limits) + headMs
  if slackMs >= cycleMs then return fromMs end
  local times = B.slotTimes(turn, headMs)
  table.sort(times)
  local kept = B.keptSlots(turn, call.callClass, B.doesWait(turn.state, B.otherClass(call.callClass)))
  local ahead = #times + kept - turn.rate + #turn.state.waiting
  if ahead < 0 or #times == 0 then return fromMs end
  local round = math.floor(ahead / #times)
  return math.max(fromMs, times[ahead - round * #times + 1] + round * cycleMs)
end

function B.operationFreeMs(turn, operation, meanMs)
  local times = {}
  for _, held in ipairs(turn.state.held) do
    if held.isPlace and held.operation == operation then B.push(times, B.remainingMs(turn, held, meanMs)) end
  end
  return B.smallest(times, #times - B.operationPlaces(turn) + 1)
end

function B.certainMs(turn)
  local ms = B.gateWaitMs(turn)
  return turn.limits.rate and math.max(ms, B.slotMs(turn, 0, 0)) or ms
end

function B.expectedMs(turn, call)
  local doesOtherWait = B.doesWait(turn.state, B.otherClass(call.callClass))
  local ms = math.max(B.gateWaitMs(turn), B.placeMs(turn, call, doesOtherWait))
  if turn.limits.rate then
    local kept = B.keptSlots(turn, call.callClass, doesOtherWait)
    ms = math.max(ms, B.slotMs(turn, kept, turn.state.pace.headMs))
  end
  return ms
end

