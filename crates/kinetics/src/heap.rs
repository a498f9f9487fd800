//! Times of many reactions, the earliest on top, each of them changeable in place.

/// An indexed binary heap.
#[derive(Clone, Debug)]
pub(crate) struct Heap {
    times: Vec<f64>,
    /// Reactions in the order of the heap, and the place of each in it.
    heap: Vec<u32>,
    place: Vec<u32>,
    filled: bool,
}

impl Heap {
    pub(crate) fn new(n: usize) -> Self {
        Self {
            times: vec![f64::INFINITY; n],
            heap: (0..n as u32).collect(),
            place: (0..n as u32).collect(),
            filled: false,
        }
    }

    /// Whether times are in it.
    pub(crate) fn is_filled(&self) -> bool {
        self.filled
    }

    /// Forgets the times.
    pub(crate) fn clear(&mut self) {
        self.filled = false;
    }

    /// Sets all times.
    pub(crate) fn fill(&mut self, mut time: impl FnMut(usize) -> f64) {
        for k in 0..self.times.len() {
            // A rate of 0 gives an infinite time, 0/0 one that is no number.
            let t = time(k);
            self.times[k] = if t.is_nan() { f64::INFINITY } else { t };
        }
        for at in (0..self.heap.len() / 2).rev() {
            self.down(at);
        }
        self.filled = true;
    }

    /// The earliest, with its time; never comes if there is none.
    pub(crate) fn first(&self) -> (usize, f64) {
        self.heap.first().map_or((0, f64::INFINITY), |&r| (r as usize, self.times[r as usize]))
    }

    /// The time of a reaction.
    pub(crate) fn time(&self, k: usize) -> f64 {
        self.times[k]
    }

    /// Sets the time of a reaction.
    pub(crate) fn set(&mut self, k: usize, time: f64) {
        self.times[k] = if time.is_nan() { f64::INFINITY } else { time };
        let at = self.place[k] as usize;
        if at > 0 && self.at((at - 1) / 2) > self.times[k] {
            self.up(at);
        } else {
            self.down(at);
        }
    }

    fn at(&self, at: usize) -> f64 {
        self.times[self.heap[at] as usize]
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.place[self.heap[a] as usize] = a as u32;
        self.place[self.heap[b] as usize] = b as u32;
    }

    fn up(&mut self, mut at: usize) {
        while at > 0 && self.at((at - 1) / 2) > self.at(at) {
            self.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn down(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            if left < self.heap.len() && self.at(left) < self.at(least) {
                least = left;
            }
            if right < self.heap.len() && self.at(right) < self.at(least) {
                least = right;
            }
            if least == at {
                return;
            }
            self.swap(at, least);
            at = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    #[test]
    fn the_earliest_is_on_top_after_any_change() {
        let mut s = Seed::new(1, 0).stream(0, 0, 0);
        let mut h = Heap::new(37);
        h.fill(|_| s.uniform());
        for _ in 0..2000 {
            let k = s.below(37);
            let t = if s.chance(0.1) { f64::INFINITY } else { s.uniform() };
            h.set(k, t);
            let least = h.times.iter().copied().fold(f64::INFINITY, f64::min);
            assert_eq!(h.first().1, least);
        }
    }
}
