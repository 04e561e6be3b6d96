from t -- t
select a /* a */, -- b
  {x: 1} -- s
