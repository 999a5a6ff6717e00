"""Words by which columns, surnames and places are known."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from chengmo.catalog.dataset import SensitiveKind

# What a column of each kind is called. Latin words stand alone or between `_`.
_HINTS: dict[SensitiveKind, str] = {
    "id-number": (
        r"身份证|公民身份|证件号|(?:^|_)(?:sfzh|sfzhm|gmsfhm|id_?card|id_?number|zjhm)(?:_|$)"
    ),
    "mobile": (
        r"手机|移动电话|联系电话|联系方式|(?:^|_)(?:mobile|cell|phone|tel|telephone|sjh|lxdh)"
        r"(?:_|$|number|no)"
    ),
    "person-name": (
        r"姓名|户主|联系人|法定代表人|法人代表|负责人|当事人|申请人|患者|学生名|"
        r"(?:^|_)(?:xm|full_?name|first_?name|last_?name|surname|person|owner_name)(?:_|$)"
    ),
    "address": r"住址|地址|住所|户籍|(?:^|_)(?:addr|address|dz|jtzz|home_address)(?:_|$)",
    "plate": r"车牌|号牌|(?:^|_)(?:plate|cphm|hphm|licen[cs]e_plate)(?:_|$|number|no)",
    "bank-card": r"银行卡|卡号|银行账|账号|(?:^|_)(?:bank|card|yhkh)_?(?:no|number|$)",
    "credit-code": r"信用代码|(?:^|_)(?:uscc|tyshxydm|credit_code)(?:_|$)",
    "email": r"邮箱|电子邮件|(?:^|_)e_?mail(?:_|$)",
    "home-coordinates": r"家庭|住址|住所|现住|(?:^|_)(?:home|residence|dwelling)(?:_|$)",
}
HINTS: Mapping[SensitiveKind, re.Pattern[str]] = MappingProxyType(
    {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _HINTS.items()}
)
LONGITUDE = re.compile(r"经度|(?:^|_)(?:lon|lng|long|longitude|x)(?:_|$)", re.IGNORECASE)
LATITUDE = re.compile(r"纬度|(?:^|_)(?:lat|latitude|y)(?:_|$)", re.IGNORECASE)
# Columns of this kind hold numbers that are long by nature.
NUMBERED = re.compile(
    r"编号|编码|代码|序号|流水|(?:^|_)(?:id|gid|fid|osm|osmid|osm_id|code|ref|uuid|no)(?:_|$)",
    re.IGNORECASE,
)

# The surnames of most people in China, by the name reports of the Ministry of Public Security.
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪"
    "翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧"
    "甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫"
    "来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼"
)
COMPOUND_SURNAMES = (
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒",
    "端木", "百里", "南宫", "独孤", "轩辕", "宇文", "长孙", "呼延", "澹台", "申屠", "太史", "闻人",
)  # fmt: skip

# How names of places and bodies end: 江汉区 begins with a surname, and is nobody's name.
PLACE_ENDING = re.compile(
    r"[省市区县镇乡村街路道巷弄桥隧站港湖河江溪湾洲岛山岭岗坡峰院校园楼城馆所店厂库场广门里组屯庄寨墩塘圩堤渠闸局厅部"
    r"委办处科室会社团队行司集铺口关塔寺庙宫殿府苑居家坊线段号类型级层期型别率量]$"
)
# A home: a room, a unit, a building with its number.
DWELLING = (
    r"\d{3,}\s*室|\d+\s*(?:单元|栋|幢|号楼)|[\u3400-\u9fff]\d+-\d+-\d+|"
    r"(?:新村|小区|家园|花园|公寓)\S{0,8}\d+"
)
DOOR = r"(?:路|街|大道|巷|弄|里|村|组|胡同)\S{0,6}?\d+(?:-\d+)?\s*号"
