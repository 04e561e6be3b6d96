/* origin: where a text that was made from another one comes from. In: pieces in the order in which they were written. Out: places in the text that a
 * person wrote. Copied pieces map byte for byte; of what was put there for a mark every byte is the whole mark. */
#include "base/base.h"

bool bv__origin_add(bv_arena *a, bv_origin *o, uint32_t at, uint32_t start, uint32_t end, bool copied) {
	bv_piece piece = {at, start, end, copied};
	if (o->pieces.n && o->pieces.v[o->pieces.n - 1].at == at) {
		o->pieces.v[o->pieces.n - 1] = piece; /* the one before is empty */
		return true;
	}
	return BV_PUSH(a, &o->pieces, piece);
}

/* The last piece that begins at or before the place. */
static const bv_piece *piece_at(const bv_origin *o, uint32_t at) {
	uint32_t low = 0, high = o->pieces.n;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (o->pieces.v[middle].at <= at) low = middle;
		else high = middle;
	}
	return &o->pieces.v[low];
}

static uint32_t copied_to(const bv_piece *p, uint32_t at) {
	uint32_t n = at > p->at ? at - p->at : 0;
	return n < p->end - p->start ? p->start + n : p->end;
}

bool bv__origin_copied(const bv_origin *o, uint32_t start, uint32_t end) {
	if (o->pieces.n == 0) return true;
	const bv_piece *p = piece_at(o, start);
	return p->copied && (p + 1 == o->pieces.v + o->pieces.n || end <= p[1].at);
}

bv_span bv__origin_span(const bv_origin *o, uint32_t start, uint32_t end) {
	if (o->pieces.n == 0) return (bv_span){o->file, start, end};
	const bv_piece *first = piece_at(o, start), *last = end > start ? piece_at(o, end - 1) : first;
	bv_span s = {o->file, first->copied ? copied_to(first, start) : first->start, last->copied ? copied_to(last, end) : last->end};
	/* A later piece may have been written earlier (the body of a loop, said again): then the end is where the first piece ends. */
	if (s.end < s.start) s.end = first->end;
	return s;
}
