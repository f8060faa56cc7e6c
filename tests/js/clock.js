/** A clock that stands until a test moves it. */
export class FakeClock {
  time = 1_000_000;
  chance = 0.5;
  #timers = [];
  now = () => this.time;
  random = () => this.chance;
  after = (run, ms) => {
    const timer = { run, at: this.time + ms };
    this.#timers.push(timer);
    return timer;
  };
  cancel = (timer) => {
    this.#timers = this.#timers.filter((other) => other !== timer);
  };

  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until);
      due.sort((a, b) => a.at - b.at);
      const next = due[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      this.cancel(next);
      next.run();
    }
    this.time = until;
  }
}
