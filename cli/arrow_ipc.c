/* arrow_ipc: a stream of Arrow record batches in the IPC stream format. In: an ArrowArrayStream of plain types (no dictionaries, views, unions or
 * runs: a query that is not asked for native types gives none); out: bytes on a file. A message is a small flatbuffer, built from its end to
 * its start, and a body of buffers, each padded to 8 bytes. */
#include "cli.h"

/* ---- a flatbuffer, written backwards: positions are counted from its end ---- */

typedef struct flat {
	unsigned char *p;
	size_t cap, used;
} flat;

static void flat_push(flat *f, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (f->used + n > f->cap) {
		size_t cap = (f->used + n) * 2;
		unsigned char *grown = cli_alloc(NULL, cap);
		if (f->used)
			memcpy(grown + cap - f->used, f->p + f->cap - f->used, f->used);
		free(f->p);
		f->p = grown;
		f->cap = cap;
	}
	f->used += n;
	if (p)
		memcpy(f->p + f->cap - f->used, p, n);
	else
		memset(f->p + f->cap - f->used, 0, n);
}

/* Pads so that what ends `more` bytes on is aligned. */
static void flat_align(flat *f, size_t align, size_t more) { flat_push(f, NULL, (align - (f->used + more) % align) % align); }

static uint32_t flat_offset(flat *f, uint32_t target)
{
	flat_align(f, 4, 4);
	uint32_t v = (uint32_t)f->used + 4 - target;
	flat_push(f, &v, 4);
	return (uint32_t)f->used;
}

static uint32_t flat_string(flat *f, const char *z)
{
	uint32_t n = (uint32_t)strlen(z);
	flat_align(f, 4, n + 1);
	flat_push(f, NULL, 1);
	flat_push(f, z, n);
	flat_push(f, &n, 4);
	return (uint32_t)f->used;
}

static uint32_t flat_offsets(flat *f, const uint32_t *targets, uint32_t n)
{
	flat_align(f, 4, (size_t)n * 4);
	for (uint32_t i = n; i-- > 0;)
		flat_offset(f, targets[i]);
	flat_push(f, &n, 4);
	return (uint32_t)f->used;
}

/* Pairs of 64 bit numbers: field nodes, buffers. */
static uint32_t flat_pairs(flat *f, const int64_t (*v)[2], uint32_t n)
{
	flat_align(f, 8, (size_t)n * 16);
	flat_push(f, n ? v : NULL, (size_t)n * 16);
	flat_push(f, &n, 4);
	return (uint32_t)f->used;
}

/* A slot of a table: size 0: left out; 4 and is_offset: points at an earlier position. */
typedef struct slot {
	size_t size;
	bool is_offset;
	int64_t value;
} slot;
#define NUMBER(bytes, v) {(bytes), false, (v)}
#define OFFSET(target) {4, true, (target)}

static uint32_t flat_table(flat *f, const slot *slots, size_t n)
{
	uint32_t at[8] = {0};
	size_t start = f->used;
	for (size_t i = n; i-- > 0;) {
		if (slots[i].is_offset) {
			at[i] = flat_offset(f, (uint32_t)slots[i].value);
		} else if (slots[i].size) {
			flat_align(f, slots[i].size, slots[i].size);
			flat_push(f, &slots[i].value, slots[i].size); /* little-endian */
			at[i] = (uint32_t)f->used;
		}
	}
	flat_align(f, 4, 4);
	flat_push(f, NULL, 4);
	uint32_t table = (uint32_t)f->used;
	uint16_t head[2] = {(uint16_t)(4 + 2 * n), (uint16_t)(table - start)};
	for (size_t i = n; i-- > 0;) {
		uint16_t v = at[i] ? (uint16_t)(table - at[i]) : 0;
		flat_push(f, &v, 2);
	}
	flat_push(f, head, 4);
	int32_t vtable = (int32_t)(f->used - table);
	memcpy(f->p + f->cap - table, &vtable, 4);
	return table;
}

/* ---- types ---- */

enum { TYPE_NULL = 1, TYPE_INT, TYPE_FLOAT, TYPE_BINARY, TYPE_UTF8, TYPE_BOOL, TYPE_DECIMAL, TYPE_DATE, TYPE_TIME, TYPE_TIMESTAMP, TYPE_INTERVAL, TYPE_LIST, TYPE_STRUCT,
	TYPE_FIXED_BINARY = 15, TYPE_FIXED_LIST, TYPE_MAP, TYPE_DURATION, TYPE_LARGE_BINARY, TYPE_LARGE_UTF8, TYPE_LARGE_LIST };

static int unit_of(char c) { return c == 's' ? 0 : c == 'm' ? 1 : c == 'u' ? 2 : 3; }

/* Bytes of a value of a type of fixed width; 0 for the others. */
static size_t width_of(const char *f)
{
	static const struct {
		const char *format;
		size_t width;
	} fixed[] = {{"c", 1}, {"C", 1}, {"s", 2}, {"S", 2}, {"i", 4}, {"I", 4}, {"l", 8}, {"L", 8}, {"e", 2}, {"f", 4}, {"g", 8}, {"tdD", 4}, {"tdm", 8}, {"tts", 4}, {"ttm", 4},
		{"ttu", 8}, {"ttn", 8}, {"tDs", 8}, {"tDm", 8}, {"tDu", 8}, {"tDn", 8}, {"tiM", 4}, {"tiD", 8}, {"tin", 16}};
	for (size_t i = 0; i < CLI_COUNT(fixed); i++)
		if (strcmp(fixed[i].format, f) == 0)
			return fixed[i].width;
	int precision, scale, bits = 128;
	if (f[0] == 't' && f[1] == 's')
		return 8;
	if (f[0] == 'w')
		return (size_t)strtol(f + 2, NULL, 10);
	return f[0] == 'd' && sscanf(f, "d:%d,%d,%d", &precision, &scale, &bits) >= 2 ? (size_t)bits / 8 : 0;
}

/* The type's table and its number in the union of types; 0: not written here. */
static uint32_t flat_type(flat *f, const struct ArrowSchema *s, int *type)
{
	const char *z = s->format;
	slot slots[3] = {{0}};
	size_t n = 0;
	int precision, scale, bits = 128;
	*type = 0;
	if (s->dictionary)
		return 0;
	switch (z[0]) {
	case 'n': *type = TYPE_NULL; break;
	case 'b': *type = TYPE_BOOL; break;
	case 'u': *type = TYPE_UTF8; break;
	case 'U': *type = TYPE_LARGE_UTF8; break;
	case 'z': *type = TYPE_BINARY; break;
	case 'Z': *type = TYPE_LARGE_BINARY; break;
	case 'c': case 'C': case 's': case 'S': case 'i': case 'I': case 'l': case 'L':
		*type = TYPE_INT;
		slots[n++] = (slot)NUMBER(4, (int64_t)width_of(z) * 8);
		slots[n++] = (slot)NUMBER(1, z[0] >= 'a');
		break;
	case 'e': case 'f': case 'g':
		*type = TYPE_FLOAT;
		slots[n++] = (slot)NUMBER(2, z[0] - 'e');
		break;
	case 'd':
		if (sscanf(z, "d:%d,%d,%d", &precision, &scale, &bits) < 2)
			return 0;
		*type = TYPE_DECIMAL;
		slots[n++] = (slot)NUMBER(4, precision);
		slots[n++] = (slot)NUMBER(4, scale);
		slots[n++] = (slot)NUMBER(4, bits);
		break;
	case 'w':
		*type = TYPE_FIXED_BINARY;
		slots[n++] = (slot)NUMBER(4, (int64_t)width_of(z));
		break;
	case 't':
		*type = z[1] == 'd' ? TYPE_DATE : z[1] == 't' ? TYPE_TIME : z[1] == 's' ? TYPE_TIMESTAMP : z[1] == 'D' ? TYPE_DURATION : TYPE_INTERVAL;
		slots[n++] = (slot)NUMBER(2, z[1] == 'd' ? z[2] == 'm' : z[1] == 'i' ? (z[2] == 'M' ? 0 : z[2] == 'D' ? 1 : 2) : unit_of(z[2]));
		if (z[1] == 't')
			slots[n++] = (slot)NUMBER(4, (int64_t)width_of(z) * 8);
		if (z[1] == 's' && z[4])
			slots[n++] = (slot)OFFSET(flat_string(f, z + 4));
		break;
	case '+':
		*type = z[1] == 'l' ? TYPE_LIST : z[1] == 'L' ? TYPE_LARGE_LIST : z[1] == 's' ? TYPE_STRUCT : z[1] == 'm' ? TYPE_MAP : z[1] == 'w' ? TYPE_FIXED_LIST : 0;
		if (z[1] == 'm')
			slots[n++] = (slot)NUMBER(1, (s->flags & ARROW_FLAG_MAP_KEYS_SORTED) != 0);
		if (z[1] == 'w')
			slots[n++] = (slot)NUMBER(4, strtol(z + 3, NULL, 10));
		break;
	default: break;
	}
	return *type ? flat_table(f, slots, n) : 0;
}

static uint32_t flat_field(flat *f, const struct ArrowSchema *s, text *err);

static uint32_t flat_fields(flat *f, const struct ArrowSchema *s, text *err)
{
	uint32_t n = (uint32_t)s->n_children, *at = cli_alloc(NULL, n * sizeof *at);
	for (uint32_t i = 0; i < n; i++)
		at[i] = flat_field(f, s->children[i], err);
	uint32_t v = flat_offsets(f, at, n);
	free(at);
	return v;
}

static uint32_t flat_field(flat *f, const struct ArrowSchema *s, text *err)
{
	int type;
	uint32_t t = flat_type(f, s, &type), children = flat_fields(f, s, err), name = flat_string(f, s->name ? s->name : "");
	if (!t && !err->n)
		text_f(err, "the column or field '%s' has an Arrow type that this program cannot write ('%s'); cast it", s->name ? s->name : "", s->format);
	slot slots[] = {OFFSET(name), NUMBER(1, (s->flags & ARROW_FLAG_NULLABLE) != 0), NUMBER(1, type), OFFSET(t), NUMBER(0, 0), OFFSET(children)};
	return flat_table(f, slots, CLI_COUNT(slots));
}

/* ---- messages ---- */

enum { HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };

static bool put_message(FILE *out, flat *f, int type, uint32_t header, const text *body)
{
	slot slots[] = {NUMBER(2, 4), NUMBER(1, type), OFFSET(header), NUMBER(8, body ? (int64_t)body->n : 0)};
	uint32_t root = flat_table(f, slots, CLI_COUNT(slots));
	flat_align(f, 8, 4);
	flat_offset(f, root);
	uint32_t head[2] = {0xffffffffu, (uint32_t)f->used};
	bool ok = fwrite(head, 1, 8, out) == 8 && fwrite(f->p + f->cap - f->used, 1, f->used, out) == f->used;
	return ok && (!body || fwrite(text_get(body), 1, body->n, out) == body->n);
}

/* ---- bodies: every buffer from the array's own offset on, so that what is written starts at 0 ---- */

typedef struct body {
	text bytes;
	int64_t (*nodes)[2], (*buffers)[2];
	uint32_t nnodes, nbuffers;
} body;

static void add_buffer(body *b, const void *p, size_t n)
{
	static const char zeros[8] = {0};
	b->buffers = cli_alloc(b->buffers, (b->nbuffers + 1) * sizeof *b->buffers);
	b->buffers[b->nbuffers][0] = (int64_t)b->bytes.n;
	b->buffers[b->nbuffers++][1] = (int64_t)n;
	text_add(&b->bytes, p, n);
	text_add(&b->bytes, zeros, (8 - n % 8) % 8);
}

static void add_bits(body *b, const unsigned char *p, int64_t from, int64_t n)
{
	unsigned char *bits = cli_alloc(NULL, (size_t)n / 8 + 1);
	memset(bits, 0, (size_t)n / 8 + 1);
	for (int64_t i = 0; i < n; i++)
		bits[i / 8] |= (unsigned char)((p[(from + i) / 8] >> ((from + i) % 8) & 1) << (i % 8));
	add_buffer(b, bits, ((size_t)n + 7) / 8);
	free(bits);
}

/* Offsets of a list or text array from zero; first and last as they were. */
static void add_offsets(body *b, const void *p, bool large, int64_t from, int64_t n, int64_t *first, int64_t *last)
{
	size_t w = large ? 8 : 4;
	char *out = cli_alloc(NULL, ((size_t)n + 1) * w);
	*first = *last = 0;
	for (int64_t i = 0; p && i <= n; i++) {
		int64_t v = large ? ((const int64_t *)p)[from + i] : ((const int32_t *)p)[from + i];
		*first = i ? *first : v;
		*last = v;
		v -= *first;
		memcpy(out + (size_t)i * w, &v, w);
	}
	if (!p)
		memset(out, 0, ((size_t)n + 1) * w);
	add_buffer(b, out, ((size_t)n + 1) * w);
	free(out);
}

static void add_array(body *b, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t start, int64_t n)
{
	const char *f = s->format;
	const unsigned char *valid = f[0] != 'n' && a->null_count != 0 && a->n_buffers ? a->buffers[0] : NULL;
	int64_t from = a->offset + start, nulls = f[0] == 'n' ? n : 0, first, last;
	for (int64_t i = 0; valid && i < n; i++)
		nulls += !(valid[(from + i) / 8] >> ((from + i) % 8) & 1);
	b->nodes = cli_alloc(b->nodes, (b->nnodes + 1) * sizeof *b->nodes);
	b->nodes[b->nnodes][0] = n;
	b->nodes[b->nnodes++][1] = nulls;
	if (f[0] == 'n')
		return;
	if (nulls)
		add_bits(b, valid, from, n);
	else
		add_buffer(b, "", 0);
	size_t width = width_of(f);
	if (width) {
		add_buffer(b, n ? (const char *)a->buffers[1] + (size_t)from * width : "", (size_t)n * width);
	} else if (f[0] == 'b') {
		add_bits(b, a->buffers[1], from, n);
	} else if (strchr("uUzZ", f[0])) {
		add_offsets(b, a->buffers[1], f[0] == 'U' || f[0] == 'Z', from, n, &first, &last);
		add_buffer(b, last > first ? (const char *)a->buffers[2] + first : "", (size_t)(last - first));
	} else if (f[1] == 's') {
		for (int64_t i = 0; i < s->n_children; i++)
			add_array(b, s->children[i], a->children[i], from, n);
	} else if (f[1] == 'w') {
		int64_t k = strtol(f + 3, NULL, 10);
		add_array(b, s->children[0], a->children[0], from * k, n * k);
	} else {
		add_offsets(b, a->buffers[1], f[1] == 'L', from, n, &first, &last);
		add_array(b, s->children[0], a->children[0], first, last - first);
	}
}

static bool put_batch(FILE *out, const struct ArrowSchema *s, const struct ArrowArray *a)
{
	body b = {0};
	flat f = {0};
	for (int64_t i = 0; i < s->n_children; i++)
		add_array(&b, s->children[i], a->children[i], a->offset, a->length);
	uint32_t buffers = flat_pairs(&f, (const int64_t(*)[2])b.buffers, b.nbuffers), nodes = flat_pairs(&f, (const int64_t(*)[2])b.nodes, b.nnodes);
	slot slots[] = {NUMBER(8, a->length), OFFSET(nodes), OFFSET(buffers)};
	bool ok = put_message(out, &f, HEADER_RECORD_BATCH, flat_table(&f, slots, CLI_COUNT(slots)), &b.bytes);
	text_free(&b.bytes);
	free(b.nodes);
	free(b.buffers);
	free(f.p);
	return ok;
}

static bool put_schema(FILE *out, const struct ArrowSchema *s, text *err)
{
	flat f = {0};
	uint32_t fields = flat_fields(&f, s, err);
	slot slots[] = {NUMBER(2, 0), OFFSET(fields)};
	bool ok = !err->n && put_message(out, &f, HEADER_SCHEMA, flat_table(&f, slots, CLI_COUNT(slots)), NULL);
	free(f.p);
	return ok;
}

bool arrow_ipc(struct ArrowArrayStream *in, FILE *out, text *err)
{
	static const uint32_t end[2] = {0xffffffffu, 0};
	struct ArrowSchema schema = {0};
	bool ok = in->get_schema(in, &schema) == 0, more = true;
	bool written = ok && put_schema(out, &schema, err);
	while (ok && written && more) {
		struct ArrowArray batch = {0};
		ok = in->get_next(in, &batch) == 0 && !cli_cancelled();
		more = ok && batch.release;
		if (more)
			written = put_batch(out, &schema, &batch);
		if (batch.release)
			batch.release(&batch);
	}
	if (!ok) {
		const char *why = in->get_last_error(in);
		text_z(err, why && *why ? why : "the stream ended early");
	} else if (!err->n && (!written || fwrite(end, 1, 8, out) != 8 || fflush(out) != 0)) {
		text_z(err, "cannot write to standard output");
	}
	if (schema.release)
		schema.release(&schema);
	in->release(in);
	return !err->n;
}
