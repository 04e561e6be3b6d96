dselect x ** - -- one
1
