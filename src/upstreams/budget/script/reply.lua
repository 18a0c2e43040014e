-- budget.reply.ts
function B.later(turn, atMs)
  return atMs > turn.now and atMs or B.UNTIL_HEAD
end

function B.movingMs(turn)
  local windowMs = B.heldWindowMs(turn.limits)
  return B.certainMs(turn) == windowMs and windowMs or 0
end

function B.nextMs(turn)
  local state, now = turn.state, turn.now
  local gate = state.gate
  local atMs = B.UNTIL_HEAD
  if gate.status == 'open' then atMs = gate.untilMs end
  if #state.waiting > 0 then
    if gate.status == 'half-open' then atMs = math.min(atMs, B.later(turn, gate.probeMs)) end
    atMs = math.min(atMs, B.later(turn, state.learnMs))
    local aheadMs = B.movingMs(turn)
    for _, call in ipairs(state.waiting) do
      atMs = math.min(atMs, call.latestMs + 1, B.later(turn, call.latestMs - aheadMs + 1))
    end
    for _, call in ipairs(state.held) do atMs = math.min(atMs, B.later(turn, call.slotMs)) end
    for _, replica in ipairs(state.replicas) do
      atMs = math.min(atMs, B.later(turn, replica.seenMs + B.ttlMs(replica)))
    end
  end
  if atMs == B.UNTIL_HEAD then return nil end
  return math.max(1, atMs - now)
end

function B.stateOf(turn)
  local gate, waiting = turn.state.gate, turn.state.waiting
  local interactive = 0
  for _, call in ipairs(waiting) do
    if call.callClass == 'interactive' then interactive = interactive + 1 end
  end
  local gateMs = 0
  if gate.status == 'open' then gateMs = gate.untilMs - turn.now end
  if gate.status == 'half-open' then gateMs = B.probeWaitMs(turn) end
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

function B.replyOf(turn, unknown)
  return {
    seq = turn.state.seq,
    storeMs = turn.now,
    results = turn.results,
    others = turn.others,
    nextMs = B.nextMs(turn),
    replicas = #turn.state.replicas,
    rank = B.rankOf(turn),
    state = B.stateOf(turn),
    unknown = unknown,
  }
end

