-- budget.missing.ts
function B.learn(turn, afterMs)
  local untilMs = turn.now + (afterMs or 0) + B.LINGER_MS + B.heldWindowMs(turn.limits)
  turn.state.learnMs = math.max(turn.state.learnMs, untilMs)
end

function B.noteMissing(turn, replica)
  local missing = turn.state.missing
  table.insert(missing, 1, replica)
  while #missing > 0 and missing[#missing].seenMs + B.MISSING_MS <= turn.now do table.remove(missing) end
end

function B.ttlMs(replica)
  return replica.isIdle and B.IDLE_TTL_MS or B.REPLICA_TTL_MS
end

function B.silentMsOf(replica)
  return replica.isIdle and B.IDLE_SILENT_MS or B.SILENT_MS
end

function B.isMissing(turn, replica)
  return replica.seenMs + B.silentMsOf(replica) <= turn.now
end

function B.keepBack(turn, missing, count)
  local calls, places, callsMax, placesMax = 0, 0, 0, 0
  for _, replica in ipairs(missing) do
    calls = calls + replica.calls
    places = places + replica.places
    callsMax = math.max(callsMax, replica.calls)
    placesMax = math.max(placesMax, replica.places)
  end
  turn.missing = count
  turn.reservedCalls = math.min(calls, count * callsMax)
  turn.reservedPlaces = math.min(places, count * placesMax)
end

function B.reserve(turn)
  local state, limits = turn.state, turn.limits
  if not limits.rate then return end
  local newMs = turn.now - math.max(B.IDLE_SILENT_MS, B.LINGER_MS + B.heldWindowMs(limits))
  local absent = 0
  for _, replica in ipairs(state.replicas) do absent = math.max(absent, replica.expected) end
  local missing = {}
  for _, replica in ipairs(state.replicas) do
    if replica.expected > 0 then
      if B.isMissing(turn, replica) then
        B.push(missing, replica)
      elseif replica.sinceMs <= newMs then
        absent = absent - 1
      end
    end
  end
  for _, replica in ipairs(state.missing) do
    if replica.seenMs + B.MISSING_MS > turn.now then B.push(missing, replica) end
  end
  B.keepBack(turn, missing, math.max(0, math.min(absent, #missing)))
  if turn.reservedCalls >= limits.rate.calls or turn.reservedPlaces >= limits.places then B.learn(turn) end
end

