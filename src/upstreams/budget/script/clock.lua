-- budget.account.clock.ts
local TRANSIT_MS_MAX = 250

local function timeOf(state, serverMs, context)
  local last = context.last
  if not last then
    if state.seq == 0 then return serverMs end
    return math.max(state.lastMs, serverMs + state.skewMs)
  end
  local least = last.storeMs + math.floor(last.agoMs)
  if state.seq == 0 then return least end
  local now = serverMs + state.skewMs
  if now < least then return math.max(state.lastMs, least) end
  if now > least + TRANSIT_MS_MAX then return math.max(state.lastMs, least) end
  return math.max(state.lastMs, now)
end

local function advanceClock(state, serverMs, context)
  local now = timeOf(state, serverMs, context)
  state.skewMs = now - serverMs
  state.lastMs = now
  return now
end

