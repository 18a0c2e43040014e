-- budget.held.ts
B.NEWEST = 0.1
B.OPERATIONS_MAX = 64

function B.countUse(turn, call)
  local isInteractive = call.callClass == 'interactive'
  if call.isPlace then
    turn.placesUsed = turn.placesUsed + 1
    if isInteractive then turn.interactivePlaces = turn.interactivePlaces + 1 end
  end
  if call.slotMs > turn.now then
    turn.slotsUsed = turn.slotsUsed + 1
    if isInteractive then turn.interactiveSlots = turn.interactiveSlots + 1 end
  end
end

function B.sweepHeld(turn)
  local state, now = turn.state, turn.now
  turn.placesUsed = 0
  turn.slotsUsed = 0
  turn.interactivePlaces = 0
  turn.interactiveSlots = 0
  local all = state.held
  state.held = {}
  for _, call in ipairs(all) do
    if call.isPlace or call.slotMs > now then
      B.push(state.held, call)
      B.countUse(turn, call)
    end
  end
end

function B.reportGrant(turn, held)
  local gate = turn.state.gate
  local probeMs = held.id == gate.probe and gate.probeUntilMs - turn.now or nil
  local sendWithinMs = held.sendByMs - turn.now
  B.report(turn, held.replica, { id = held.id, granted = true, sendWithinMs = sendWithinMs, probeMs = probeMs })
end

function B.grantCall(turn, call, probeMs)
  local state, now = turn.state, turn.now
  local held = {
    id = call.id,
    replica = call.replica,
    caller = call.caller,
    callClass = call.callClass,
    operation = call.operation,
    grantedMs = now,
    sendByMs = now + B.SEND_WITHIN_MS,
    epoch = state.gate.epoch,
    isPlace = true,
    slotMs = turn.limits.rate and B.UNTIL_HEAD or 0,
    isRetry = call.isRetry or nil,
  }
  B.push(state.held, held)
  B.countUse(turn, held)
  B.noteProbe(turn, call.id, probeMs or 0)
  B.reportGrant(turn, held)
end

function B.seeHead(turn, call)
  if call.hasHead then return end
  call.hasHead = true
  if call.slotMs == 0 then return end
  call.slotMs = turn.now + B.heldWindowMs(turn.limits)
  local pace = turn.state.pace
  pace.headMs = pace.headMs + (turn.now - call.grantedMs - pace.headMs) * B.NEWEST
end

function B.loseResponse(turn, call)
  if call.slotMs == B.UNTIL_HEAD then call.slotMs = turn.now + B.LINGER_MS + B.heldWindowMs(turn.limits) end
end

function B.freeUnsent(turn, call)
  if not call.hasHead then call.slotMs = 0 end
  if call.isRetry then B.returnRetry(turn) end
  call.isUnsent = true
end

function B.notePlaceTime(turn, call)
  local pace, operations = turn.state.pace, turn.state.operations
  local heldMs = turn.now - call.grantedMs
  pace.placeMs = pace.placeMs + (heldMs - pace.placeMs) * B.NEWEST
  local operation = B.findOperation(turn.state, call.operation)
  if operation then
    operation.placeMs = operation.placeMs + (heldMs - operation.placeMs) * B.NEWEST
  elseif #operations < B.OPERATIONS_MAX then
    B.push(operations, { name = call.operation, placeMs = heldMs })
  end
end

function B.settle(turn, step)
  local call = B.findHeld(turn.state, step.id)
  if not call then return end
  if step.head then B.seeHead(turn, call) end
  if step.outcome and not call.hasOutcome then
    local kind = step.outcome.kind
    if kind == 'complete' or kind == 'throttled' or kind == 'failed' then
      B.seeHead(turn, call)
    elseif kind == 'lost' then
      B.loseResponse(turn, call)
    else
      B.freeUnsent(turn, call)
    end
    call.hasOutcome = true
    B.countOutcome(turn, call, step.outcome)
  end
  if step.release and call.isPlace then
    B.loseResponse(turn, call)
    call.isPlace = false
    if not call.isUnsent then B.notePlaceTime(turn, call) end
  end
end

function B.cancelHeld(turn, id)
  local call = B.findHeld(turn.state, id)
  if not call or call.hasHead or call.hasOutcome then return end
  B.freeUnsent(turn, call)
  call.hasOutcome = true
  call.isPlace = false
  B.countOutcome(turn, call, { kind = 'unsent' })
end

