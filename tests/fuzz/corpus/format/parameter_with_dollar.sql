select `a b`, "text", array,1, $2rf$ot -- aySTRUCT frSELECT,y a nast
