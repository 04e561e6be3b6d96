
{% for x in y recursive %}{{ loop(x) }}{% endfor %}${e}${ b }${d}