-- account.clock.ts
B.TRANSIT_MS_MAX = 250

function B.timeOf(state, serverMs, context)
  local last = context.last
  if not last then return state.seq == 0 and serverMs or math.max(state.lastMs, serverMs + state.skewMs) end
  local leastMs = last.storeMs + math.floor(last.agoMs)
  if state.seq == 0 then return leastMs end
  local now = serverMs + state.skewMs
  return now > leastMs + B.TRANSIT_MS_MAX and state.lastMs or math.max(state.lastMs, now)
end

function B.advanceClock(state, serverMs, context)
  local now = B.timeOf(state, serverMs, context)
  state.skewMs = now - serverMs
  state.lastMs = now
  return now
end

