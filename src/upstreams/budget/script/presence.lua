-- budget.presence.ts
B.QUIET_MS = 1000
B.CROSSED_MS = 1000

function B.noticeLostWrites(turn)
  local state, context = turn.state, turn.context
  local server = context.server or ''
  local isOtherServer = server ~= '' and state.server ~= '' and server ~= state.server
  if context.seq > state.seq or isOtherServer then B.learn(turn) end
  if server ~= '' then state.server = server end
end

function B.distrustTime(turn, silentMs)
  local state, now = turn.state, turn.now
  local sinceMs = now - math.max(0, silentMs)
  for _, call in ipairs(state.held) do
    if call.slotMs > sinceMs and call.slotMs ~= B.UNTIL_HEAD then call.slotMs = call.slotMs + now - sinceMs end
  end
  if silentMs <= B.QUIET_MS then return end
  for _, replica in ipairs(state.replicas) do
    replica.seenMs = math.max(replica.seenMs, now - B.silentMsOf(replica))
  end
end

function B.comeBack(turn)
  local state, name = turn.state, turn.context.replica
  local replica = { name = name, isIdle = false, calls = 0, places = 0, expected = 0 }
  for index, missing in ipairs(state.missing) do
    if missing.name == name then
      replica = table.remove(state.missing, index)
      break
    end
  end
  replica.sinceMs = turn.now
  replica.seenMs = turn.now
  B.push(state.replicas, replica)
  return replica
end

function B.noteReplica(turn, step)
  local share = turn.context.share
  local known = B.findReplica(turn.state, turn.context.replica)
  if step.step == 'settle' or step.step == 'cancel' then return known ~= nil end
  local replica = known or B.comeBack(turn)
  replica.seenMs = step.isApart and turn.now - B.SILENT_MS or turn.now
  replica.isIdle = false
  if share then
    replica.calls = share.calls
    replica.places = share.places
    replica.expected = share.replicas
  end
  return known ~= nil
end

function B.noteIdle(turn)
  local replica = B.findReplica(turn.state, turn.context.replica)
  if replica then replica.isIdle = true end
end

function B.isSilent(turn, name)
  local replica = B.findReplica(turn.state, name)
  return not replica or B.isMissing(turn, replica)
end

function B.rankOf(turn)
  local rank = turn.missing
  for _, replica in ipairs(turn.state.replicas) do
    if replica.name == turn.context.replica then return rank end
    rank = rank + 1
  end
  return rank
end

function B.expire(turn, call)
  if call.slotMs == B.UNTIL_HEAD then
    call.slotMs = math.max(turn.now, call.sendByMs) + B.LINGER_MS + B.heldWindowMs(turn.limits)
  end
  call.isExpired = true
  call.isPlace = false
end

function B.drop(turn, index)
  local waiting = turn.state.waiting
  if waiting[index].isRetry then B.returnRetry(turn) end
  table.remove(waiting, index)
end

function B.dropWaiting(turn, replica)
  local waiting = turn.state.waiting
  for index = #waiting, 1, -1 do
    if waiting[index].replica == replica then B.drop(turn, index) end
  end
end

function B.leave(turn)
  B.dropWaiting(turn, turn.context.replica)
  local replica = B.findReplica(turn.state, turn.context.replica)
  if not replica then return end
  replica.calls = 0
  replica.places = 0
  replica.expected = 0
end

function B.buryReplicas(turn)
  local state, now = turn.state, turn.now
  for index = #state.replicas, 1, -1 do
    local replica = state.replicas[index]
    if replica.seenMs + B.ttlMs(replica) <= now then
      table.remove(state.replicas, index)
      if replica.expected > 0 then B.noteMissing(turn, replica) end
      for _, call in ipairs(state.held) do
        if call.replica == replica.name then
          if call.isPlace and call.id == state.gate.probe then B.loseProbe(turn) end
          B.expire(turn, call)
        end
      end
      B.dropWaiting(turn, replica.name)
    end
  end
end

function B.holdAgain(call)
  if not call.isExpired then return end
  call.isExpired = false
  call.isPlace = true
  if not call.hasHead and call.slotMs > 0 then call.slotMs = B.UNTIL_HEAD end
end

function B.addHeld(turn, call)
  B.push(turn.state.held, {
    id = call.id,
    replica = turn.context.replica,
    caller = call.caller,
    callClass = call.callClass,
    operation = call.operation,
    grantedMs = turn.now,
    sendByMs = turn.now,
    epoch = -1,
    isPlace = true,
    slotMs = turn.limits.rate and B.UNTIL_HEAD or 0,
  })
end

function B.compareHeld(turn, held, wasKnown)
  local state, now, context = turn.state, turn.now, turn.context
  local known = {}
  for _, call in ipairs(state.held) do known[call.id] = call end
  local listed = {}
  for _, call in ipairs(held) do
    listed[call.id] = true
    local found = known[call.id]
    if found then
      B.holdAgain(found)
    else
      if wasKnown then B.learn(turn) end
      if call.isProbe then B.learnProbe(turn, call.id) end
      B.addHeld(turn, call)
    end
  end
  for _, call in ipairs(state.held) do
    if call.replica == context.replica and call.isPlace and call.sendByMs <= now then
      if not listed[call.id] then B.expire(turn, call) end
    end
  end
end

function B.compareWaiting(turn, ids)
  local state, now, context = turn.state, turn.now, turn.context
  local listed = {}
  for _, id in ipairs(ids) do listed[id] = true end
  local known = {}
  for index = #state.waiting, 1, -1 do
    local call = state.waiting[index]
    if call.replica == context.replica then
      known[call.id] = true
      if not listed[call.id] and call.sinceMs + B.CROSSED_MS <= now then B.drop(turn, index) end
    end
  end
  for _, call in ipairs(state.held) do known[call.id] = true end
  local unknown = {}
  for _, id in ipairs(ids) do
    if not known[id] then B.push(unknown, id) end
  end
  return unknown
end

