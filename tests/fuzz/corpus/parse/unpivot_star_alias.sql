SELECT explode(m) (k, v) FROM""""""""""""""""""""""""""",""""""""""" t UNPIVOT (x FOR n IN (a A,*b))
