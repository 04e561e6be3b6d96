SELECT aa OPERATOR(s.@@@) b, @ x, |/ y, a @> b, a *< b, - -!!!!!!!!!!!!1, a=-1 FROM t WHERE n ~<~ 'x' COLLATE "C" ORDER BY a USING >
