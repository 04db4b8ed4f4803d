// Polls while the page is visible.

/**
 * Runs `task` now and again `pause()` milliseconds after each run; pauses while the page is hidden.
 */
export function poll(task, pause) {
  let timer = 0;
  let running = false;
  let stopped = false;

  async function run() {
    clearTimeout(timer);
    if (stopped || running || document.hidden) return;
    running = true;
    // The task reports its own errors; the next run follows anyway.
    await task().catch(() => {});
    running = false;
    if (!stopped) timer = setTimeout(run, pause());
  }

  const wake = () => {
    if (!document.hidden) run();
  };
  document.addEventListener('visibilitychange', wake);
  run();
  return {
    /** Runs the task now. */
    now: wake,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
    },
  };
}
