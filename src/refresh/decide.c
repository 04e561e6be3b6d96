/* One view of a plan. In: its artifact, the facts about its table and its inputs, the certificate of its last refresh, its parents' plans. Out: skip,
 * build or blocked, with all reasons. README.md has the rules: a table is what its certificate says it is, or it is rebuilt; what another
 * client wrote is never overwritten unasked. */
#include "refresh/plan.h"

typedef struct decision {
	bv_planner *p;
	bv_plan_node *node;
	bv_view_plan *out;
	const bv_view_artifact *artifact;
	BV_VEC(bv_reason) blocks; /* where there is one, no other reason counts */
	BV_VEC(bv_reason) builds;
	bool data; /* some reason to build is about rows */
} decision;

static void block(decision *x, const char *code, bv_str detail) {
	(void)BV_PUSH(x->p->a, &x->blocks, ((bv_reason){code, detail})); /* a full arena is found when the plan is done */
}

static void build(decision *x, const char *code, bv_str detail) {
	x->data = true;
	(void)BV_PUSH(x->p->a, &x->builds, ((bv_reason){code, detail}));
}

/* ---- certificates ---- */

/* The same refresh of the same tree, under another policy: what a re-keyed certificate is. */
static bool same_but_policy(const bv_certificate *x, const bv_certificate *y) {
	return x->refresh == y->refresh && x->output_version == y->output_version && bv__str_eq(x->ast_fingerprint, y->ast_fingerprint) &&
		bv__str_eq(x->storage_hash, y->storage_hash);
}

/* The log is the truth about the table. The registry's word counts where it says the same under the newest policy, and where the log no longer
 * goes back to the refresh but nothing was written since. */
static bool choose_certificate(decision *x, const bv_certificate *recorded) {
	const bv_facts *f = x->node->facts;
	bv_view_plan *out = x->out;
	int64_t last = f->txn;
	if (f->has_certificate && f->certificate.refresh > last) {
		last = f->certificate.refresh;
	}
	if (recorded && recorded->refresh > last) {
		last = recorded->refresh;
	}
	out->refresh = last < 0 ? 1 : last + 1;
	if (!f->exists) {
		return false;
	}
	if (f->has_certificate) {
		if (!bv__str_eq(f->certificate.view, x->node->view->name)) {
			return false; /* of somebody else: check_target says so */
		}
		out->certificate = recorded && same_but_policy(recorded, &f->certificate) ? *recorded : f->certificate;
		if (!recorded || !same_but_policy(recorded, &f->certificate)) {
			(void)BV_PUSH(x->p->a, &x->p->keep, f->certificate);
		}
		return true;
	}
	if (recorded && recorded->output_version >= f->data_version && recorded->output_version <= f->version) {
		out->certificate = *recorded;
		return true;
	}
	return false;
}

/* ---- what stands in the way ---- */

static void check_target(decision *x) {
	const bv_facts *f = x->node->facts;
	bv_arena *a = x->p->a;
	bv_str name = x->node->view->name;
	void (*object)(decision *, const char *, bv_str) = x->p->reads ? build : block;
	if (!f->exists) {
		return;
	}
	x->out->foreign = f->has_certificate ? !bv__str_eq(f->certificate.view, name) : !bv__str_is(f->kind, "view");
	if (x->out->foreign && !f->has_certificate) {
		object(x, "target_changed", bv__arena_printf(a, BV_STR_FMT " holds %s that Belvedere did not make as a view; it is never written",
			BV_STR_ARG(x->node->view->location), bv__str_is(f->kind, "source") ? "a loaded table" : "a Delta table"));
	} else if (x->out->foreign) {
		object(x, "target_changed", bv__arena_printf(a, BV_STR_FMT " holds the table of view " BV_STR_FMT "; it is never written", BV_STR_ARG(x->node->view->location),
			BV_STR_ARG(f->certificate.view)));
	} else if (x->out->has_certificate && f->data_version > x->out->certificate.output_version && !(x->out->selected && x->p->o->full_refresh)) {
		object(x, "target_changed", bv__arena_printf(a, "version %lld was written by another client; the last refresh wrote version %lld", (long long)f->data_version,
			(long long)x->out->certificate.output_version));
	}
}

static bool schema_is(bv_arena *a, bv_str json, const bv_schema_t *now) {
	bv_schema_t before;
	bv_contract_change *v;
	uint32_t n;
	return json.n == 0 || (bv__schema_from_json(a, json, &before) && bv__contract_diff(a, &before, now, &v, &n) && n == 0);
}

static void check_inputs(decision *x) {
	bv_arena *a = x->p->a;
	for (uint32_t i = 0; i < x->node->reads.n; i++) {
		const bv_plan_node *in = &x->p->nodes[x->node->reads.v[i]];
		if (in->dataset) {
			if (in->facts->failed) {
				block(x, "invalid", bv__arena_printf(a, "source " BV_STR_FMT ": " BV_STR_FMT, BV_STR_ARG(in->dataset->name), BV_STR_ARG(in->facts->error)));
			}
		} else if (in->plan->action == BV_ACTION_BLOCKED) {
			block(x, "upstream_blocked", in->view->name);
		} else if (!in->plan->selected && !in->plan->exists) {
			block(x, "upstream_blocked", bv__arena_printf(a, BV_STR_FMT " was never built and is not selected", BV_STR_ARG(in->view->name)));
		} else if (!in->plan->selected && !in->usable) {
			block(x, "upstream_blocked", bv__arena_printf(a, BV_STR_FMT " has other columns than its table and is not selected", BV_STR_ARG(in->view->name)));
		}
	}
}

static void list_change(bv_buf *b, const bv_contract_change *c) {
	bv__buf_printf(b, "%scolumn " BV_STR_FMT " ", b->n ? ", " : "", BV_STR_ARG(c->column));
	if (bv__str_is(c->kind, "removed")) {
		bv__buf_printf(b, "is removed");
	} else if (bv__str_is(c->kind, "type")) {
		bv__buf_printf(b, "was " BV_STR_FMT ", becomes " BV_STR_FMT, BV_STR_ARG(c->before), BV_STR_ARG(c->after));
	} else if (bv__str_is(c->kind, "nullability")) {
		bv__buf_printf(b, "was " BV_STR_FMT ", may now be " BV_STR_FMT, BV_STR_ARG(c->before), BV_STR_ARG(c->after));
	} else {
		bv__buf_printf(b, "moves from place " BV_STR_FMT " to " BV_STR_FMT, BV_STR_ARG(c->before), BV_STR_ARG(c->after));
	}
}

/* Against what the last refresh promised; where it left no word, against the table itself. */
static void check_contract(decision *x) {
	const bv_facts *f = x->node->facts;
	const bv_contract *c = &x->node->view->contract;
	bv_arena *a = x->p->a;
	bv_schema_t before;
	bv_contract_change *v = NULL;
	uint32_t n = 0;
	if (!f->exists || !x->data || x->p->o->allow_breaking || x->p->reads) {
		return;
	}
	bool ok = true;
	if (x->out->has_certificate && x->out->certificate.contract.n && bv__schema_from_json(a, x->out->certificate.contract, &before)) {
		ok = bv__contract_diff(a, &before, &c->stored, &v, &n);
	} else if (f->has_schema) {
		ok = bv__contract_diff(a, &f->schema, &c->scanned, &v, &n);
	}
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; ok && i < n; i++) {
		if (v[i].breaking) {
			list_change(&b, &v[i]);
		}
	}
	if (b.n) {
		block(x, "contract_refused", bv__arena_str(a, bv__buf_view(&b)));
	}
	bv__buf_free(&b);
}

/* ---- what there is to do ---- */

static bv_str key_name(bv_str key) {
	while (key.n && key.p[key.n - 1] != '=') {
		key.n--;
	}
	return (bv_str){key.p, key.n ? key.n - 1 : 0};
}

/* Which plain views are others than before, as text; empty: none. Both lists are sorted. */
static bv_str plain_changes(decision *x) {
	const bv_certificate *c = &x->out->certificate;
	const bv_plan_node *node = x->node;
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0, k = 0; i < node->plain.n || k < c->nplain;) {
		bv_str now = i < node->plain.n ? key_name(node->plain.v[i]) : BV_STR(""), before = k < c->nplain ? key_name(c->plain[k]) : BV_STR("");
		int order = i == node->plain.n ? 1 : k == c->nplain ? -1 : bv__str_cmp(now, before);
		const char *how = order < 0 ? "is now read through" : order > 0 ? "is no longer read through" : bv__str_eq(node->plain.v[i], c->plain[k]) ? NULL : "has changed";
		if (how) {
			bv__buf_printf(&b, "%splain view " BV_STR_FMT " %s", b.n ? ", " : "", BV_STR_ARG(order > 0 ? before : now), how);
		}
		i += order <= 0;
		k += order >= 0;
	}
	bv_str out = bv__arena_str(x->p->a, bv__buf_view(&b));
	bv__buf_free(&b);
	return out;
}

static bool key_changed(decision *x) {
	const bv_certificate *c = &x->out->certificate;
	bool own = !bv__str_is(c->ast_fingerprint, x->artifact->ast_fingerprint);
	bv_str plain = plain_changes(x);
	if (!own && plain.n == 0) {
		return false;
	}
	bv_str detail = plain;
	if (own) {
		detail = plain.n ? bv__arena_printf(x->p->a, "its query has changed, " BV_STR_FMT, BV_STR_ARG(plain)) : BV_STR("its query has changed");
	}
	if (bv__str_is(c->policy_hash, x->artifact->policy_hash)) {
		build(x, "view_changed", detail);
	} else {
		build(x, "policy_changed", own ? BV_STR("its tree is another one under the new policy") : detail);
	}
	return true;
}

static bool same_names(const bv_names *x, const bv_names *y) {
	bool same = x->n == y->n;
	for (uint32_t i = 0; same && i < x->n; i++) {
		same = bv__str_eq(x->v[i], y->v[i]);
	}
	return same;
}

static const bv_certificate_input *recorded_input(const bv_certificate *c, bv_str name) {
	for (uint32_t i = 0; i < c->ninputs; i++) {
		if (bv__str_eq(c->inputs[i].name, name)) {
			return &c->inputs[i];
		}
	}
	return NULL;
}

/* Versions of Delta tables say something to people, hashes of files do not. */
static bv_str moved(bv_arena *a, const bv_certificate_input *before, const bv_plan_node *in, bv_str name) {
	if (!bv__str_eq(before->table_id, in->facts->table_id)) {
		return bv__arena_printf(a, BV_STR_FMT " is another table", BV_STR_ARG(name));
	}
	if (in->facts->version < 0 && !(in->dataset && in->dataset->host)) {
		return bv__arena_printf(a, BV_STR_FMT ": its files have changed", BV_STR_ARG(name));
	}
	return bv__arena_printf(a, BV_STR_FMT ": version " BV_STR_FMT " -> " BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(before->version), BV_STR_ARG(in->facts->version_text));
}

static void compare_inputs(decision *x, bool other_key) {
	bv_arena *a = x->p->a;
	const bv_certificate *c = &x->out->certificate;
	uint32_t known = 0;
	for (uint32_t i = 0; i < x->node->reads.n; i++) {
		const bv_plan_node *in = &x->p->nodes[x->node->reads.v[i]];
		bv_str name = in->view ? in->view->name : in->dataset->name;
		const bv_certificate_input *before = recorded_input(c, name);
		known += before != NULL;
		if (in->plan && in->plan->selected && in->plan->action == BV_ACTION_BUILD && !in->plan->keeps_data) {
			build(x, "upstream_stale", name);
		} else if (!before) {
			if (!other_key) {
				build(x, "view_changed", bv__arena_printf(a, BV_STR_FMT " is now read", BV_STR_ARG(name)));
			}
		} else if (!bv__str_eq(before->table_id, in->facts->table_id) || !bv__str_eq(before->version, in->facts->version_text)) {
			build(x, "input_moved", moved(a, before, in, name));
		}
	}
	if (known < c->ninputs && !other_key) {
		build(x, "view_changed", BV_STR("it reads fewer tables"));
	}
}

static void compare(decision *x, bool recorded) {
	const bv_facts *f = x->node->facts;
	const bv_view *v = x->node->view;
	const bv_certificate *c = &x->out->certificate;
	if (!f->exists) {
		build(x, recorded ? "target_missing" : "never_built", recorded ? bv__arena_printf(x->p->a, "there is no table at " BV_STR_FMT " any more", BV_STR_ARG(v->location)) : BV_STR(""));
		return;
	}
	if (!x->out->has_certificate) {
		build(x, "never_built", BV_STR("the certificate of its last refresh has left the Delta log"));
		bv_diagnostic *w = bv__warn(x->p->d, BV_E_CERTIFICATE_LOST, v->span, "the Delta log of " BV_STR_FMT " holds no certificate any more: the view is rebuilt", BV_STR_ARG(v->name));
		bv__diag_hint(x->p->d, w, "the table property delta.logRetentionDuration says how long the log is kept");
		return;
	}
	bool other_key = key_changed(x);
	compare_inputs(x, other_key);
	if (v->refresh_always) {
		build(x, "always", BV_STR("refresh = 'always'"));
	}
	if (x->p->o->full_refresh) {
		build(x, "forced", BV_STR("--full-refresh"));
	}
	if (!bv__str_is(c->storage_hash, v->storage_hash)) {
		bool data = x->data, partitions = !same_names(&v->partition_by, &f->partition_by);
		build(x, "storage_changed", partitions ? BV_STR("another partitioning") : BV_STR("comments or properties"));
		x->data = data;
		x->out->keeps_data = !data;
		x->out->storage_only = !data && !partitions;
	}
}

/* The tree is the same under a new policy: its certificate takes the new key, the table stays. */
static void rekey(decision *x) {
	bv_certificate *c = &x->out->certificate;
	if (!bv__str_is(c->policy_hash, x->artifact->policy_hash)) {
		c->policy_hash = bv__arena_strz(x->p->a, x->artifact->policy_hash);
		(void)BV_PUSH(x->p->a, &x->p->keep, *c);
	}
}

/* ---- the decision ---- */

static void pin_inputs(decision *x) {
	for (uint32_t i = 0; i < x->node->reads.n; i++) {
		const bv_plan_node *in = &x->p->nodes[x->node->reads.v[i]];
		bool first = in->plan && in->plan->selected && in->plan->action == BV_ACTION_BUILD && !in->plan->keeps_data;
		bv_str name = in->view ? in->view->name : in->dataset->name;
		(void)BV_PUSH(x->p->a, &x->out->inputs, ((bv_certificate_input){name, in->facts->table_id, first ? BV_STR("") : in->facts->version_text}));
	}
	for (uint32_t i = 0; i < x->node->plain.n; i++) {
		(void)BV_PUSH(x->p->a, &x->out->plain, x->node->plain.v[i]);
	}
}

static void finish(decision *x) {
	bv_view_plan *out = x->out;
	bool blocked = x->blocks.n > 0;
	out->action = blocked ? BV_ACTION_BLOCKED : x->builds.n ? BV_ACTION_BUILD : BV_ACTION_SKIP;
	out->reasons.v = blocked ? x->blocks.v : x->builds.v;
	out->reasons.n = out->reasons.cap = blocked ? x->blocks.n : x->builds.n;
	if (blocked) {
		out->storage_only = out->keeps_data = false;
	}
}

void bv__plan_decide(bv_planner *p, bv_plan_node *node) {
	bv_view_plan *out = node->plan;
	const bv_facts *f = node->facts;
	decision x = {.p = p, .node = node, .out = out, .artifact = node->view->artifact};
	if (out->action == BV_ACTION_BLOCKED || !f) {
		return; /* invalid, said already; or neither selected nor read */
	}
	if (out->selected) {
		check_inputs(&x);
	}
	if (f->failed) {
		block(&x, "invalid", bv__arena_printf(p->a, "its table: " BV_STR_FMT, BV_STR_ARG(f->error)));
		finish(&x);
		return;
	}
	out->exists = f->exists;
	out->table_id = f->table_id;
	out->version = f->version;
	out->data_version = f->data_version;
	bv_certificate recorded;
	bool has_recorded = p->s->registry && bv__registry_get_certificate(p->s->registry, p->a, node->view->name, &recorded, p->d);
	out->has_certificate = choose_certificate(&x, has_recorded ? &recorded : NULL);
	check_target(&x);
	if (!out->selected) {
		node->usable = f->exists && (!out->has_certificate || schema_is(p->a, out->certificate.contract, &node->view->contract.stored));
		finish(&x);
		return;
	}
	if (x.blocks.n == 0) {
		compare(&x, has_recorded);
		check_contract(&x);
	}
	if (x.blocks.n == 0) {
		pin_inputs(&x);
	}
	if (x.blocks.n == 0 && x.builds.n == 0) {
		rekey(&x);
	}
	finish(&x);
	if (out->action == BV_ACTION_SKIP && p->engine.n && !bv__str_eq(out->certificate.engine, p->engine)) {
		(void)BV_PUSH(p->a, &x.builds, ((bv_reason){"engine_changed", bv__arena_printf(p->a, "computed by " BV_STR_FMT, BV_STR_ARG(out->certificate.engine))}));
		out->reasons.v = x.builds.v;
		out->reasons.n = out->reasons.cap = x.builds.n;
	}
}
