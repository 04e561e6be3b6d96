BSELECT { 'b': []}, MAP {'k': 'v2'}, [1, 21, 2][1]
