//! Memory for activations and weights, aligned to cache lines, and picture views into it.
#![expect(unsafe_code, reason = "cache lines are reinterpreted as floats")]

/// A cache line, as wide as the widest vector register.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; Line::FLOATS]);

impl Line {
    const FLOATS: usize = 16;
}

/// Floats aligned to a cache line.
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

    /// Makes the buffer hold at least `length` floats. Its previous contents may be lost.
    pub(super) fn grow(&mut self, length: usize) {
        let lines = length.div_ceil(Line::FLOATS);
        if self.lines.len() < lines {
            self.lines = vec![Line([0.0; Line::FLOATS]); lines];
            self.length = lines * Line::FLOATS;
        }
    }

    /// One value per channel, padded with zeros to whole channel blocks.
    pub(super) fn padded(channels: &[f32]) -> Self {
        let mut padded = channels.to_vec();
        padded.resize(channels.len().next_multiple_of(CHANNEL_BLOCK), 0.0);
        Self::from_floats(&padded)
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        // SAFETY: a line is an array of floats without padding, and `length` floats are in the lines.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as in `as_slice`, and the lines are borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// Channels are padded to a multiple of this, so that every instruction set works with whole registers.
pub(super) const CHANNEL_BLOCK: usize = 16;

/// Size of a picture in memory: rows of pixels, each pixel its channels plus padding that is never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) height: usize,
    pub(super) width: usize,
    /// Floats from one pixel to the next.
    pub(super) pitch: usize,
}

impl Extent {
    pub(super) fn row_floats(&self) -> usize {
        self.width * self.pitch
    }

    pub(super) fn floats(&self) -> usize {
        self.height * self.row_floats()
    }
}

/// A picture, or the rows of it that a ring buffer holds: row `y` is at index `y % capacity`.
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
        let data = &data[..capacity * extent.row_floats()];
        Self { data, extent, capacity }
    }

    /// `count` rows from `y` on; they must not wrap around the end of the ring.
    pub(super) fn rows(&self, y: usize, count: usize) -> &'a [f32] {
        assert!(y + count <= self.extent.height);
        &self.data[y % self.capacity * self.extent.row_floats()..][..count * self.extent.row_floats()]
    }

    /// A row of one channel of a planar picture.
    pub(super) fn line(&self, channel: usize, y: usize) -> &'a [f32] {
        assert!(y < self.extent.height && self.capacity == self.extent.height);
        &self.data[(channel * self.extent.height + y) * self.extent.width..][..self.extent.width]
    }

    /// Number of rows from `y` on, at most up to `end`, that are contiguous in memory.
    pub(super) fn contiguous_rows(&self, y: usize, end: usize) -> usize {
        (self.capacity - y % self.capacity).min(end - y)
    }
}

/// [`Rows`] to write to.
pub(super) struct RowsMut<'a> {
    data: &'a mut [f32],
    pub(super) extent: Extent,
    pub(super) capacity: usize,
}

impl<'a> RowsMut<'a> {
    /// # Panics
    /// When `data` is shorter than `capacity` rows.
    pub(super) fn new(data: &'a mut [f32], extent: Extent, capacity: usize) -> Self {
        let data = &mut data[..capacity * extent.row_floats()];
        Self { data, extent, capacity }
    }

    /// `count` rows from `y` on; they must not wrap around the end of the ring.
    pub(super) fn rows(&mut self, y: usize, count: usize) -> &mut [f32] {
        assert!(y + count <= self.extent.height);
        &mut self.data[y % self.capacity * self.extent.row_floats()..][..count * self.extent.row_floats()]
    }

    pub(super) fn contiguous_rows(&self, y: usize, end: usize) -> usize {
        (self.capacity - y % self.capacity).min(end - y)
    }

    /// Offset of row `y` in the data.
    pub(super) fn offset(&self, y: usize) -> usize {
        y % self.capacity * self.extent.row_floats()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut f32 {
        self.data.as_mut_ptr()
    }
}
