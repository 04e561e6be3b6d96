//! The memory pool: what can spill shares three quarters of the limit fairly, so that what cannot (the merge above two sorts) still finds room.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

#[derive(Debug)]
pub struct HeadroomPool {
	inner: FairSpillPool,
	most: usize,
	spillable: AtomicUsize,
}

impl HeadroomPool {
	pub fn new(limit: usize) -> Self {
		HeadroomPool { inner: FairSpillPool::new(limit), most: limit / 4 * 3, spillable: AtomicUsize::new(0) }
	}

	fn count(&self, reservation: &MemoryReservation, additional: usize) {
		if reservation.consumer().can_spill() {
			self.spillable.fetch_add(additional, Ordering::Relaxed);
		}
	}
}

impl fmt::Display for HeadroomPool {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.inner.fmt(f)
	}
}

impl MemoryPool for HeadroomPool {
	fn name(&self) -> &str {
		"headroom"
	}

	fn register(&self, consumer: &MemoryConsumer) {
		self.inner.register(consumer);
	}

	fn unregister(&self, consumer: &MemoryConsumer) {
		self.inner.unregister(consumer);
	}

	fn grow(&self, reservation: &MemoryReservation, additional: usize) {
		self.inner.grow(reservation, additional);
		self.count(reservation, additional);
	}

	fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
		self.inner.shrink(reservation, shrink);
		if reservation.consumer().can_spill() {
			self.spillable.fetch_sub(shrink, Ordering::Relaxed);
		}
	}

	fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
		if reservation.consumer().can_spill() && self.spillable.load(Ordering::Relaxed) + additional > self.most {
			let name = reservation.consumer().name();
			return Err(DataFusionError::ResourcesExhausted(format!("{additional} more bytes for {name} are over what may be held by operators that can spill")));
		}
		self.inner.try_grow(reservation, additional)?;
		self.count(reservation, additional);
		Ok(())
	}

	fn reserved(&self) -> usize {
		self.inner.reserved()
	}

	fn memory_limit(&self) -> MemoryLimit {
		self.inner.memory_limit()
	}
}
