"""SQL whose answer must not change when it is read and written anew."""

VALUES = """
x/2
x//2
-x//2
x%3
-x%3
mod(x,3)
x**2
x^2
x>>1
x&1
x | 2
xor(x,1)
~x
x::DOUBLE/3
round(y,1)
round(-2.5)
ceil(y)
floor(y)
trunc(y)
abs(x)
sign(x)
ln(abs(x)+1)
log(100)
log(2,8)
log10(100)
log2(8)
exp(1)
sqrt(4)
cbrt(8)
power(2,3)
greatest(x,2)
least(x,2)
coalesce(nu,0)
ifnull(nu,7)
nullif(x,1)
nu IS DISTINCT FROM 1
nu IS NOT DISTINCT FROM NULL
nu = 1
NOT nu IS NULL
x BETWEEN 1 AND 3
x IN (1,2)
x NOT IN (1,NULL)
n LIKE 'name_'
n NOT LIKE '%1'
n ILIKE 'NAME%'
n GLOB 'na*'
n ~ 'name[12]'
regexp_matches(n,'1')
regexp_full_match(n,'name.')
regexp_replace(n,'(a)(m)','\\2\\1')
regexp_replace(n,'m|e','z','g')
regexp_extract(n,'([a-z]+)(.*)',2)
regexp_extract_all(n,'[a-z]')
upper(n)
length(n)
strlen('武汉')
length('武汉')
left(n,2)
right(n,2)
n[1]
n[1:3]
n[-2:]
l[1]
l[-1]
l[1:2]
l[2:]
substr(n,2,2)
substring(n,2)
n||x
concat(n,nu)
concat_ws('-',n,x)
replace(n,'n','N')
split(n,'m')
split_part(n,'m',2)
string_split(n,'a')
lpad(n,8,'*')
rpad(n,8,'*')
trim('  a ')
trim('xax','x')
ltrim(' a')
rtrim('a ')
trim(leading 'x' from 'xax')
position('m' in n)
strpos(n,'m')
instr(n,'e')
contains(n,'a')
starts_with(n,'n')
ends_with(n,'1')
reverse(n)
repeat(n,2)
ascii('a')
chr(65)
format('{} {}',x,n)
printf('%05d',x)
md5(n)
sha256(n)
to_base64('a'::BLOB)
hex('a')
levenshtein(n,'nam')
jaccard(n,'name1')
date_trunc('month',d)
date_trunc('week',dd)
date_part('dow',dd)
extract(epoch from d)
extract(isodow from dd)
year(dd)
month(d)
day(dd)
dayofweek(dd)
dayname(dd)
monthname(dd)
week(dd)
quarter(dd)
dayofyear(dd)
hour(d)
minute(d)
epoch(d)
epoch_ms(d)
last_day(dd)
dd + 1
dd - date '2024-01-01'
d + interval 1 hour
d - interval '2 days'
dd + interval 1 month
date_add(dd, interval 1 month)
date_diff('month', dd, date '2024-12-31')
datediff('day', dd, date '2024-12-31')
date_sub('month', dd, date '2024-12-30')
age(d, d)
strftime(d,'%Y-%m')
strptime('2024-01-02','%Y-%m-%d')
try_strptime('x','%Y')
make_date(2024,1,2)
make_timestamp(2024,1,2,3,4,5.5)
to_timestamp(0)
to_days(3)
d AT TIME ZONE 'Asia/Shanghai'
time_bucket(interval '2 days', dd)
d::DATE
dd::TIMESTAMP
x::VARCHAR
'5'::INT
TRY_CAST(n AS INT)
CAST(y AS DECIMAL(10,1))
list_transform(l, v -> v*2)
list_filter(l, v -> v>1)
list_reduce(l, (a,b) -> a+b)
[v*2 for v in l if v>1]
list_sum(l)
list_max(l)
list_sort(l)
list_sort(l,'DESC')
list_distinct([1,1])
list_contains(l,2)
2 IN l
len(l)
array_length(l)
list_concat(l,[9])
l || [9]
list_append(l,5)
list_position(l,2)
flatten([[1],[2]])
list_value(1,2)
list_slice(l,1,2)
unnest(l)
s.a
s['b']
struct_pack(a:=1,b:=2)
{'a':x}
MAP {'a':x}['a']
map_keys(MAP {'a':1})
cardinality(MAP {'a':1})
j->'$.a.b'
j->>'$.a.b[0]'
j->'a'
json_extract(j,'$.a')
json_extract_string(j,'$.a.b[1]')
json_array_length(j,'$.a.b')
to_json(s)
typeof(x)
CASE WHEN x>1 THEN 'a' WHEN x IS NULL THEN 'c' ELSE 'b' END
CASE g WHEN 1 THEN 'one' END
if(x>1,'a','b')
x IS NULL
nu ISNULL
nu NOTNULL
x = ANY([1,2])
EXISTS(SELECT 1 WHERE x>1)
(SELECT max(x) FROM t)
sum(x) OVER (ORDER BY x)
row_number() OVER (PARTITION BY g ORDER BY x DESC)
lag(x) OVER (ORDER BY x)
lead(x,2,0) OVER (ORDER BY x)
first_value(nu IGNORE NULLS) OVER (ORDER BY x)
last_value(nu IGNORE NULLS) OVER (ORDER BY x)
avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(x) OVER (ORDER BY dd RANGE BETWEEN INTERVAL 2 DAYS PRECEDING AND CURRENT ROW)
ntile(3) OVER (ORDER BY x)
percent_rank() OVER (ORDER BY g)
rank() OVER (ORDER BY nu)
rank() OVER (ORDER BY nu DESC)
rank() OVER (ORDER BY nu NULLS FIRST)
1e3
1_000
'it''s'
TRUE AND NULL
-(-x)
1 - -1
x - -x
(1,2)=(1,2)
x > ALL (SELECT 1)
bit_count(7)
isnan('nan'::DOUBLE)
isinf('inf'::DOUBLE)
'a' < 'b'
'a' COLLATE NOCASE = 'A'
gcd(4,6)
factorial(4)
pi()
radians(180)
atan2(1,2)
hash(1)
now() > d
current_date > dd
today() > dd
"""
AGGREGATES = """
count(*)
count(nu)
count(DISTINCT g)
sum(x)
avg(x)
median(x)
mode(g)
min(n)
max(dd)
arg_max(n,x)
min_by(n,x)
stddev(x)
stddev_pop(x)
variance(x)
var_pop(x)
corr(x,y)
covar_samp(x,y)
regr_slope(x,y)
string_agg(n,',' ORDER BY x DESC)
string_agg(n)
listagg(n,';')
group_concat(n,'-')
list(x ORDER BY x)
array_agg(x ORDER BY nu NULLS LAST)
array_agg(nu) FILTER (WHERE nu IS NOT NULL)
quantile_cont(x,0.25)
quantile_disc(x,0.5)
quantile_cont(x,[0.1,0.9])
quantile(x,0.5)
percentile_cont(0.3) WITHIN GROUP (ORDER BY x)
percentile_disc(0.3) WITHIN GROUP (ORDER BY x DESC)
mode() WITHIN GROUP (ORDER BY g)
approx_count_distinct(x)
approx_quantile(x,0.5)
bool_and(x>0)
bit_or(x)
histogram(g)
product(g+1)
first(x ORDER BY x)
last(x ORDER BY x)
any_value(1)
entropy(g)
kurtosis(x)
skewness(x)
mad(x)
fsum(y)
count_if(x>1)
sum(x) FILTER (x>1)
max(x,2)
arg_max(n,x,2)
geomean(x+5)
sum(DISTINCT g)
count(x) + 1
sum(x)/count(*)
"""
QUESTIONS = """
SELECT g, count(*) FROM t GROUP BY g ORDER BY g
SELECT g, count(*) c FROM t GROUP BY ALL ORDER BY ALL DESC
SELECT nu FROM t ORDER BY nu
SELECT nu FROM t ORDER BY nu DESC
SELECT nu FROM t ORDER BY nu NULLS FIRST
SELECT x FROM t ORDER BY x LIMIT 3 OFFSET 2
SELECT x FROM t ORDER BY x LIMIT 25%
SELECT DISTINCT g FROM t ORDER BY 1
SELECT DISTINCT ON (g) g, x FROM t ORDER BY g, x DESC
SELECT g, x FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY x)=1 ORDER BY g
SELECT a.x, b.y FROM t a JOIN t b ON a.x=b.x+1 ORDER BY 1
SELECT a.x, b.x FROM t a LEFT JOIN (SELECT * FROM t WHERE x>3) b USING (x) ORDER BY 1
SELECT x FROM t a SEMI JOIN (SELECT 1 x) b USING (x)
SELECT x FROM t a ANTI JOIN (SELECT 1 x) b USING (x) ORDER BY 1
SELECT a.x, b.x FROM t a ASOF JOIN (SELECT * FROM t WHERE g=0) b ON a.x>=b.x ORDER BY 1
SELECT * EXCLUDE (l,s,j,d) FROM t ORDER BY x
SELECT * REPLACE (x+1 AS x) FROM t ORDER BY x
SELECT COLUMNS('^[xy]$') FROM t ORDER BY x
SELECT min(COLUMNS(['x','y'])) FROM t
FROM t SELECT x ORDER BY x
WITH a AS (SELECT x FROM t), b AS (SELECT x+1 z FROM a) SELECT sum(z) FROM b
WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n+1 FROM r WHERE n<5) SELECT sum(n) FROM r
SELECT 1 UNION SELECT 1
SELECT 1 UNION ALL SELECT 1
SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 2
SELECT 1 UNION SELECT 2 INTERSECT SELECT 2
SELECT 1 a, 2 b UNION ALL BY NAME SELECT 3 b, 4 a
(SELECT 1 UNION ALL SELECT 2) ORDER BY 1 DESC
SELECT g, sum(x) FROM t GROUP BY ROLLUP (g) ORDER BY ALL
SELECT g, count(*) FROM t GROUP BY GROUPING SETS ((g),()) ORDER BY ALL
SELECT x, u FROM t, UNNEST(l) AS z(u) ORDER BY ALL
SELECT x, u FROM t CROSS JOIN LATERAL (SELECT x+1 AS u) ORDER BY 1
SELECT i FROM range(3) r(i)
SELECT * FROM generate_series(1,3)
SELECT * FROM (VALUES (1,'a'),(2,'b')) v(p,q)
VALUES (1),(2)
SELECT sum(x) OVER w FROM t WINDOW w AS (PARTITION BY g ORDER BY x) ORDER BY 1
SELECT x FROM t WHERE (x,g) IN (SELECT x,g FROM t WHERE x>5) ORDER BY 1
SELECT g, list(x ORDER BY x) FROM t GROUP BY 1 HAVING count(*)>3 ORDER BY 1
SELECT t.x FROM t WHERE t.x>5 ORDER BY t.x
SELECT x AS "select" FROM t ORDER BY "select" LIMIT 1
SELECT a.* FROM t a POSITIONAL JOIN t b ORDER BY a.x LIMIT 1
SELECT (x > 2) = true FROM t ORDER BY x
SELECT NOT x > 2 FROM t ORDER BY x
SELECT x FROM t WHERE NOT x BETWEEN 0 AND 3 OR x = 1 AND g = 1 ORDER BY 1
SELECT unnest(s) FROM t ORDER BY ALL
"""
