SELECT 253^ -   # 1
