-- budget.reply.ts
local function later(turn, atMs)
  return atMs > turn.now and atMs or UNTIL_HEAD
end

local function movingMs(turn)
  local windowMs = heldWindowMs(turn.limits)
  return certainMs(turn) == windowMs and windowMs or 0
end

local function nextMs(turn)
  local state, now = turn.state, turn.now
  local gate = state.gate
  local atMs = UNTIL_HEAD
  if gate.status == 'open' then atMs = gate.untilMs end
  if #state.waiting > 0 then
    if gate.status == 'half-open' then atMs = math.min(atMs, later(turn, gate.probeMs)) end
    atMs = math.min(atMs, later(turn, state.learnMs))
    local aheadMs = movingMs(turn)
    for _, call in ipairs(state.waiting) do
      atMs = math.min(atMs, call.latestMs + 1, later(turn, call.latestMs - aheadMs + 1))
    end
    for _, call in ipairs(state.held) do atMs = math.min(atMs, later(turn, call.slotMs)) end
    for _, replica in ipairs(state.replicas) do
      atMs = math.min(atMs, later(turn, replica.seenMs + REPLICA_TTL_MS))
    end
  end
  if atMs == UNTIL_HEAD then return nil end
  return math.max(1, atMs - now)
end

local function stateOf(turn)
  local gate, waiting = turn.state.gate, turn.state.waiting
  local interactive = 0
  for _, call in ipairs(waiting) do
    if call.callClass == 'interactive' then interactive = interactive + 1 end
  end
  local gateMs = 0
  if gate.status == 'open' then gateMs = gate.untilMs - turn.now end
  if gate.status == 'half-open' then gateMs = math.max(0, gate.probeMs - turn.now) end
  return {
    gate = gate.status,
    gateReason = gate.reason ~= '' and gate.reason or nil,
    gateMs = gateMs,
    effectiveRate = turn.limits.rate and turn.rate or nil,
    effectivePlaces = turn.places,
    placesUsed = turn.placesUsed,
    slotsUsed = turn.slotsUsed,
    waiting = { interactive = interactive, background = #waiting - interactive },
  }
end

local function replyOf(turn, unknown)
  return {
    seq = turn.state.seq,
    storeMs = turn.now,
    results = turn.results,
    others = turn.others,
    nextMs = nextMs(turn),
    replicas = #turn.state.replicas,
    rank = rankOf(turn),
    state = stateOf(turn),
    unknown = unknown,
  }
end

