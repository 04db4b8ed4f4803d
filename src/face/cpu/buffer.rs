//! Memory for activations and weights, aligned to cache lines, and views of pictures in it.
#![expect(unsafe_code, reason = "cache lines are seen as the floats in them")]

/// A cache line, as wide as the widest vector register.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; Line::FLOATS]);

impl Line {
    const FLOATS: usize = 16;
}

/// Floats that begin at a cache line.
#[derive(Default)]
pub(super) struct Buffer {
    lines: Vec<Line>,
    length: usize,
}

impl Buffer {
    pub(super) fn from_floats(floats: &[f32]) -> Self {
        let mut buffer = Self::default();
        buffer.grow(floats.len());
        buffer.as_mut_slice()[..floats.len()].copy_from_slice(floats);
        buffer
    }

    /// Makes it at least that long; what it holds is not to be relied on.
    pub(super) fn grow(&mut self, length: usize) {
        let lines = length.div_ceil(Line::FLOATS);
        if self.lines.len() < lines {
            self.lines = vec![Line([0.0; Line::FLOATS]); lines];
            self.length = lines * Line::FLOATS;
        }
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        // SAFETY: a line is an array of floats without padding, and `length` floats are in the lines.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the lines are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// Channels are padded to a multiple of this, so that every instruction set works in whole registers.
pub(super) const CHANNEL_BLOCK: usize = 16;

/// Size of a picture in memory: rows of pixels, each pixel its channels, padded with zeros or with what nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) height: usize,
    pub(super) width: usize,
    /// Floats from one pixel to the next.
    pub(super) pitch: usize,
}

impl Extent {
    pub(super) fn row(&self) -> usize {
        self.width * self.pitch
    }

    pub(super) fn floats(&self) -> usize {
        self.height * self.row()
    }
}

/// A picture, or the rows of it that a ring buffer holds: row `y` lies at place `y % capacity`.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    data: &'a [f32],
    pub(super) extent: Extent,
    pub(super) capacity: usize,
}

impl<'a> Rows<'a> {
    /// # Panics
    /// When `data` is shorter than `capacity` rows.
    pub(super) fn new(data: &'a [f32], extent: Extent, capacity: usize) -> Self {
        let data = &data[..capacity * extent.row()];
        Self { data, extent, capacity }
    }

    /// `count` rows from `y` on, which must not reach over the end of the ring.
    pub(super) fn rows(&self, y: usize, count: usize) -> &'a [f32] {
        assert!(y + count <= self.extent.height);
        &self.data[y % self.capacity * self.extent.row()..][..count * self.extent.row()]
    }

    /// A row of one channel, of a picture that lies channel by channel.
    pub(super) fn line(&self, channel: usize, y: usize) -> &'a [f32] {
        assert!(y < self.extent.height && self.capacity == self.extent.height);
        &self.data[(channel * self.extent.height + y) * self.extent.width..][..self.extent.width]
    }

    /// How many rows lie one after the other from `y` on, at most up to `end`.
    pub(super) fn run(&self, y: usize, end: usize) -> usize {
        (self.capacity - y % self.capacity).min(end - y)
    }
}

/// The same, to write to.
pub(super) struct RowsMut<'a> {
    data: &'a mut [f32],
    pub(super) extent: Extent,
    pub(super) capacity: usize,
}

impl<'a> RowsMut<'a> {
    /// # Panics
    /// When `data` is shorter than `capacity` rows.
    pub(super) fn new(data: &'a mut [f32], extent: Extent, capacity: usize) -> Self {
        let data = &mut data[..capacity * extent.row()];
        Self { data, extent, capacity }
    }

    /// `count` rows from `y` on, which must not reach over the end of the ring.
    pub(super) fn rows(&mut self, y: usize, count: usize) -> &mut [f32] {
        assert!(y + count <= self.extent.height);
        &mut self.data[y % self.capacity * self.extent.row()..][..count * self.extent.row()]
    }

    pub(super) fn run(&self, y: usize, end: usize) -> usize {
        (self.capacity - y % self.capacity).min(end - y)
    }

    /// Where row `y` begins.
    pub(super) fn offset(&self, y: usize) -> usize {
        y % self.capacity * self.extent.row()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut f32 {
        self.data.as_mut_ptr()
    }
}
