import { createSlots } from './slots';

const never = new AbortController().signal;

describe('slots', () => {
  it('let as many in as there are, and the next in line when one leaves', async () => {
    const slots = createSlots(1);
    const entered: string[] = [];
    const leave = await slots.enter(never);
    const second = slots.enter(never).then((leaveSecond) => (entered.push('second'), leaveSecond));
    const third = slots.enter(never).then((leaveThird) => (entered.push('third'), leaveThird));
    expect(entered).toEqual([]);
    leave();
    (await second)();
    (await third)();
    expect(entered).toEqual(['second', 'third']);
  });

  it('let go who no longer waits, without a place lost', async () => {
    const slots = createSlots(1);
    const leave = await slots.enter(never);
    const waiting = new AbortController();
    const given = slots.enter(waiting.signal);
    waiting.abort(new Error('too late'));
    await expect(given).rejects.toThrow('too late');
    leave();
    await expect(slots.enter(never)).resolves.toBeInstanceOf(Function);
    await expect(slots.enter(AbortSignal.abort(new Error('late already')))).rejects.toThrow('late already');
  });
});
