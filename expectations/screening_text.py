"""Forms of a text in which rules are looked for, each character with its place in the text as it was written.

Writing is made one: full-width, circled and other digits and letters, capitals, and the traditional characters below.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

# Traditional characters that occur in the rules or beside them, and their simplified ones, pair by pair.
_TRADITIONAL = (
    "萬與專業東絲兩嚴喪個豐臨為麗舉義烏樂喬習鄉書買亂爭於虧雲亞產畝親億僅從侖倉儀們價眾優會傘偉傳傷倫偽體傭僱僑儉債傾償儲兒"
    "黨蘭關興養獸內岡冊寫軍農馮沖決況凍淨涼減湊幾鳳憑凱擊劃劉則剛創刪別剎劑劍劇勸辦務動勵勁勞勢勳匯區醫華協單賣衛廠廳歷厲壓厭參雙"
    "發變敘葉號嘆嚇嗎啟吳嘔員嗆嗚詠嚨嚀響啞喚嘩喲嘮噴團園圍國圖圓聖場壞塊堅壇壩墳墜壘墾執堵壯聲處備復夠頭誇夾奪奮獎奧婦媽姍薑嬰孫學"
    "寧寶實寵審憲賓寬對尋導爾塵嘗堯屍盡層屆屬岡島峽崗嶺幣帥師帳帶幫幹併廣莊慶廬庫應廟廢開異棄張彌彎彈強歸當錄徑徹後徵憶懺憂懷態憐"
    "總戀懇惡惱悅慣愛憤願懶戰戲戶撲執擴掃揚擾撫拋搶護報擔擬攏揀擁攔擰撥擇掛摯撓擋掙揮損撿換據擄擲摻攙擺搖攤撐攜數斬斷無舊時曠晝顯曬"
    "曉暫術機殺雜權條來楊極構槍標棧棟欄樹樣橋檔檢樓橫歐歡殘毀氣漢湯滿灣濕溝沒瀝淪滬淚潔灑濁測濟漸漲潤瀾災爐點煉煩燒熱燈靈燙犧狀"
    "猶獨獄猜獲環現瑪電畫暢療瘋瘡癱皺盜盤監蓋礙碼磚確禮禍離種積稱穩窮竊競筆節範築簡籃籌類糧緊糾紅約級紀純紙紋紛細組織終絕經結給絡統"
    "繼績續維綜綠網緒線緩編緣縣縮繳罵罰職聯聰肅腸脫臉臟艙藝蘇蘋薦藥虛蟲術補裝裡襲襯覽見規視覺觸計訂討讓訓議訊記講許設訪證評識詐訴診詞"
    "試詩話誠該詳語誤說請諸諾讀課誰調諒談謀謊謝譴譯豬貓負財責敗貨質販貪貧購貼貴貸貿費賀資賊賠賭賞賤賬贈贏趕趨躍車軌轉輪軟輕較輔輛輸辭"
    "邊達遷過運還這進遠違連遲適選遞邏遺鄧鄭鄰醬釋針釣鈔鈕鐘鋼錢鐵鈴銀銅鋪鏈銷鎖鍋錯錦鍵鎮鏡長門閃閉問閒間聞閱隊陽陰陣階際陸陳險隨隱隻"
    "難雖電霧靜頂項順須頑頓預領頗頻題額顏顧飛飯飲飽飾餅餘館駁駕驗騎騙騷驚髒鬆魚鮮鳥雞鳴麥黃齊齒齡龍龜臺灣衝麼證繫佔慘賴髮鬥佈閙鬧謬讚滾閨"
    "蝦褲衹祇藍遼閩魯贛瓊晉粵陝瞭裏貳陸櫃託著嘔贊飆擠贖噁誣賄賂淚證絡賒腦聾馬"
)
_SIMPLIFIED = (
    "万与专业东丝两严丧个丰临为丽举义乌乐乔习乡书买乱争于亏云亚产亩亲亿仅从仑仓仪们价众优会伞伟传伤伦伪体佣雇侨俭债倾偿储儿"
    "党兰关兴养兽内冈册写军农冯冲决况冻净凉减凑几凤凭凯击划刘则刚创删别刹剂剑剧劝办务动励劲劳势勋汇区医华协单卖卫厂厅历厉压厌参双"
    "发变叙叶号叹吓吗启吴呕员呛呜咏咙咛响哑唤哗哟唠喷团园围国图圆圣场坏块坚坛坝坟坠垒垦执堵壮声处备复够头夸夹夺奋奖奥妇妈姗姜婴孙学"
    "宁宝实宠审宪宾宽对寻导尔尘尝尧尸尽层届属冈岛峡岗岭币帅师帐带帮干并广庄庆庐库应庙废开异弃张弥弯弹强归当录径彻后征忆忏忧怀态怜"
    "总恋恳恶恼悦惯爱愤愿懒战戏户扑执扩扫扬扰抚抛抢护报担拟拢拣拥拦拧拨择挂挚挠挡挣挥损捡换据掳掷掺搀摆摇摊撑携数斩断无旧时旷昼显晒"
    "晓暂术机杀杂权条来杨极构枪标栈栋栏树样桥档检楼横欧欢残毁气汉汤满湾湿沟没沥沦沪泪洁洒浊测济渐涨润澜灾炉点炼烦烧热灯灵烫牺状"
    "犹独狱猜获环现玛电画畅疗疯疮瘫皱盗盘监盖碍码砖确礼祸离种积称稳穷窃竞笔节范筑简篮筹类粮紧纠红约级纪纯纸纹纷细组织终绝经结给络统"
    "继绩续维综绿网绪线缓编缘县缩缴骂罚职联聪肃肠脱脸脏舱艺苏苹荐药虚虫术补装里袭衬览见规视觉触计订讨让训议讯记讲许设访证评识诈诉诊词"
    "试诗话诚该详语误说请诸诺读课谁调谅谈谋谎谢谴译猪猫负财责败货质贩贪贫购贴贵贷贸费贺资贼赔赌赏贱账赠赢赶趋跃车轨转轮软轻较辅辆输辞"
    "边达迁过运还这进远违连迟适选递逻遗邓郑邻酱释针钓钞钮钟钢钱铁铃银铜铺链销锁锅错锦键镇镜长门闪闭问闲间闻阅队阳阴阵阶际陆陈险随隐只"
    "难虽电雾静顶项顺须顽顿预领颇频题额颜顾飞饭饮饱饰饼余馆驳驾验骑骗骚惊脏松鱼鲜鸟鸡鸣麦黄齐齿龄龙龟台湾冲么证系占惨赖发斗布闹闹谬赞滚闺"
    "虾裤只只蓝辽闽鲁赣琼晋粤陕了里贰陆柜托着呕赞飙挤赎恶诬贿赂泪证络赊脑聋马"
)
_PAIRS = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
_WIDE = (*range(0x2070, 0x20A0), *range(0x2100, 0x2150), *range(0x2460, 0x2500), *range(0xFF00, 0xFFEF), *range(0x1D400, 0x1D800))


def _table() -> dict[int, str]:
    table = {ord(old): new for old, new in _PAIRS.items() if old != new}
    for code in (*_WIDE, 0xB2, 0xB3, 0xB9, *range(0x2776, 0x2794)):
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        digit = unicodedata.digit(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
        elif len(plain) == 1:
            table[code] = plain
    for code in range(0x10000):
        if (value := unicodedata.decimal(chr(code), None)) is not None and code > 0x7F:
            table[code] = str(value)
    return (
        table | {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {0x3000: " ", 0x2019: "'", 0x2018: "'"}
    )


TABLE = _table()
DIGITS = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
BREAKERS = "。！？!?；;，,\n"
_SIGN = re.compile(rf"[^\w{BREAKERS}]|_")


@dataclass
class Text:
    """A text in all its forms, each made when it is asked for the first time.

    `plain` has a character for each of `raw`; `squeezed` is plain without signs and spaces. `quotations` is kept here by those
    who look for them.
    """

    raw: str
    quotations: list[tuple[int, int]] | None = None

    @cached_property
    def plain(self) -> str:
        return self.raw.translate(TABLE)

    @cached_property
    def digits(self) -> str:
        """Plain with the digits that are spelled out as Chinese characters."""
        return self.plain.translate(DIGITS)

    @cached_property
    def squeezed(self) -> str:
        return _SIGN.sub("", self.plain)

    @cached_property
    def places(self) -> list[int]:
        """The place in `raw` of each character of `squeezed`."""
        return [place for place, letter in enumerate(self.plain) if not _SIGN.match(letter)]


def traditional_of(letter: str) -> str:
    """The traditional characters that are read as this one."""
    return "".join(old for old, new in _PAIRS.items() if new == letter and old != new)
