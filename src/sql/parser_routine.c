/* Functions that a query brings along (WITH FUNCTION), and the statements that one may consist of. */
#include "sql/parser.h"

static bv_node *step(bv_parser *p);

/* {statement ;} up to one of the words that end such a list */
static bv_list steps(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	while (!p->panic && !bv__p_at_kw(p, BV_K_END) && !bv__p_at_kw(p, BV_K_ELSE) && !bv__p_at_kw(p, BV_K_ELSEIF) && !bv__p_at_kw(p, BV_K_WHEN) && !bv__p_at_kw(p, BV_K_UNTIL)) {
		bv__p_item(p, step(p));
		bv__p_expect(p, BV_TK_SEMICOLON);
	}
	return bv__p_items(p, m);
}

/* END word */
static void end(bv_parser *p, bv_keyword word)
{
	bv__p_expect_kw(p, BV_K_END);
	bv__p_expect_kw(p, word);
}

/* condition THEN {statement ;} {ELSEIF|WHEN condition THEN …} [ELSE …] */
static bv_list branches(bv_parser *p, bv_keyword word)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_step *b = BV_NODE_NEW(p, STEP, step, from);
		b->form = BV_step_form_branch;
		b->value = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_THEN);
		b->body = steps(p);
		bv__p_item(p, BV_NODE_DONE(p, b, from));
	} while (bv__p_accept_kw(p, word));
	const bv_token *from = p->t;
	if (bv__p_accept_kw(p, BV_K_ELSE)) {
		bv_ast_step *b = BV_NODE_NEW(p, STEP, step, from);
		b->form = BV_step_form_otherwise;
		b->body = steps(p);
		bv__p_item(p, BV_NODE_DONE(p, b, from));
	}
	return bv__p_items(p, m);
}

/* BEGIN … END, RETURN x, DECLARE a, b type [DEFAULT x], SET a = x, IF … END IF, CASE … END CASE, [label :] LOOP | WHILE | REPEAT …, LEAVE, ITERATE */
static bv_node *step(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_step *n = BV_NODE_NEW(p, STEP, step, from);
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return &n->head;
	}
	if (from->kind == BV_TK_NAME && from[1].kind == BV_TK_COLON) {
		n->label = bv__p_name_of(p, from);
		p->t += 2;
	}
	bv_keyword word = (bv_keyword)p->t->keyword;
	bv__p_advance(p);
	switch (word) {
	case BV_K_BEGIN:
		n->form = BV_step_form_block;
		n->body = steps(p);
		bv__p_expect_kw(p, BV_K_END);
		break;
	case BV_K_RETURN:
		n->form = BV_step_form_return;
		n->value = bv__p_expr(p);
		break;
	case BV_K_DECLARE:
		n->form = BV_step_form_declare;
		n->names = bv__p_names(p, "a variable");
		n->type = bv__p_type_read(p);
		if (bv__p_accept_kw(p, BV_K_DEFAULT))
			n->value = bv__p_expr(p);
		break;
	case BV_K_SET: {
		n->form = BV_step_form_set;
		bv_path one = bv__p_path(p, "a variable", 1);
		n->names = (bv_names){one.v, one.n, one.insensitive};
		bv__p_expect(p, BV_TK_EQ);
		n->value = bv__p_expr(p);
		break;
	}
	case BV_K_IF:
		n->form = BV_step_form_if;
		n->body = branches(p, BV_K_ELSEIF);
		end(p, BV_K_IF);
		break;
	case BV_K_CASE:
		n->form = BV_step_form_case;
		if (!bv__p_at_kw(p, BV_K_WHEN))
			n->value = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_WHEN);
		n->body = branches(p, BV_K_WHEN);
		end(p, BV_K_CASE);
		break;
	case BV_K_LOOP:
		n->form = BV_step_form_loop;
		n->body = steps(p);
		end(p, BV_K_LOOP);
		break;
	case BV_K_WHILE:
		n->form = BV_step_form_while;
		n->value = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_DO);
		n->body = steps(p);
		end(p, BV_K_WHILE);
		break;
	case BV_K_REPEAT:
		n->form = BV_step_form_repeat;
		n->body = steps(p);
		bv__p_expect_kw(p, BV_K_UNTIL);
		n->value = bv__p_expr(p);
		end(p, BV_K_REPEAT);
		break;
	case BV_K_LEAVE:
	case BV_K_ITERATE:
		n->form = word == BV_K_LEAVE ? BV_step_form_leave : BV_step_form_iterate;
		n->label = bv__p_name(p, "a label");
		break;
	default:
		p->t = from;
		bv__p_expected(p, "RETURN, SET, DECLARE, BEGIN, IF, CASE, LOOP, WHILE, REPEAT, LEAVE or ITERATE");
	}
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}

/* FUNCTION name ( parameters ) RETURNS type {clause} RETURN expression | BEGIN … END */
bv_node *bv__p_inline_function(bv_parser *p)
{
	static const struct {
		uint16_t words[5];
		bool value;
	} known[] = {{{BV_K_LANGUAGE}, false}, {{BV_K_NOT, BV_K_DETERMINISTIC}, false}, {{BV_K_DETERMINISTIC}, false}, {{BV_K_CALLED, BV_K_ON, BV_K_NULL, BV_K_INPUT}, false},
				 {{BV_K_RETURNS, BV_K_NULL, BV_K_ON, BV_K_NULL, BV_K_INPUT}, false}, {{BV_K_COMMENT}, true}, {{BV_K_SECURITY, BV_K_DEFINER}, false},
				 {{BV_K_SECURITY, BV_K_INVOKER}, false}, {{BV_K_WITH}, true}};
	const bv_token *from = p->t;
	bv_ast_inline_function *n = BV_NODE_NEW(p, INLINE_FUNCTION, inline_function, from);
	bv__p_expect_kw(p, BV_K_FUNCTION);
	n->name = bv__p_path(p, "the name of a function", 3);
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	bv__p_enter(p, 1);
	if (!bv__p_at(p, BV_TK_RPAREN))
		do {
			const bv_token *t = p->t;
			bv_ast_type_field *f = BV_NODE_NEW(p, TYPE_FIELD, type_field, t);
			f->name = bv__p_name(p, "a parameter");
			f->type = bv__p_type_read(p);
			bv__p_item(p, BV_NODE_DONE(p, f, t));
		} while (bv__p_accept(p, BV_TK_COMMA));
	n->params = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	bv__p_expect_kw(p, BV_K_RETURNS);
	n->returns = bv__p_type_read(p);
	for (m = bv__p_mark(p);;) {
		unsigned i = 0, k = 0;
		for (; i < BV_COUNT(known); i++) {
			for (k = 0; k < 5 && known[i].words[k] && (k < 4 ? p->t[k].keyword == known[i].words[k] : p->t[k].keyword == known[i].words[k]); k++)
				;
			if (k && (k == 5 || !known[i].words[k]))
				break;
		}
		if (i == BV_COUNT(known) || p->panic)
			break;
		const bv_token *t = p->t;
		bv_ast_clause *c = BV_NODE_NEW(p, CLAUSE, clause, t);
		p->t += k;
		if (t->keyword == BV_K_LANGUAGE)
			bv__p_name(p, "a language");
		c->word = bv__arena_lower(p->arena, (bv_str){p->text + t->start, p->t[-1].end - t->start});
		if (t->keyword == BV_K_COMMENT) {
			bv_node *s = bv__p_string_node(p, p->t, bv__p_string_expected(p, "the comment as a string"));
			c->values = bv__list_of(p->arena, &s, 1);
		} else if (t->keyword == BV_K_WITH) {
			const bv_token *paren = p->t;
			bv__p_expect(p, BV_TK_LPAREN);
			c->values = bv__p_exprs(p);
			bv__p_expect_close(p, BV_TK_RPAREN, paren);
		}
		bv__p_item(p, BV_NODE_DONE(p, c, t));
	}
	n->clauses = bv__p_items(p, m);
	if (bv__p_at_kw(p, BV_K_BEGIN))
		n->body = step(p);
	else {
		bv__p_expect_kw(p, BV_K_RETURN);
		n->body = bv__p_expr(p);
	}
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}
