//! What the build is doing, for whoever waits.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Shorter work needs no sign of life.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line that appears on a terminal when the work turns out to be long.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn new() -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.enable_steady_tick(Duration::from_millis(100));
        let later = bar.clone();
        // The steps that take long tell nothing in between, so another thread looks at the clock.
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            if !later.is_finished() {
                later.set_draw_target(ProgressDrawTarget::stderr());
            }
        });
        Progress(bar)
    }

    pub fn step(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
