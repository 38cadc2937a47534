"""Contexts that personal data, and what only looks like them, are put into: `SEEN` were looked at
while the recognisers were written, `UNSEEN` were written before them and not looked at since.

A context is a text with {} for the value. By kind, those of personal data and those of look-alikes.
"""

from __future__ import annotations

SEEN: dict[str, dict[str, list[str]]] = {
    "zh": {
        "phone": ["联系电话：{}", "有问题打我手机{}就行", "客服热线 {}，工作日九点到六点", "手机/微信同号 {}"],
        "email": ["邮箱：{}", "简历请发到{}，谢谢", "我的 email 是 {} 欢迎联系", "抄送 {} 即可"],
        "id": ["身份证号：{}", "证件号码 {}，请核对", "法人身份证{}已提交", "身份证 {} 复印件"],
        "company": ["统一社会信用代码：{}", "公司税号 {}", "开票信息：税号{}，地址见下", "营业执照号 {} 已核验"],
        "card": ["银行卡号：{}", "请打款到招行 {}", "收款账号{}，户名见附件", "卡号 {} 已绑定"],
        "iban": ["IBAN：{}", "海外收款账户 {}", "欧元账户是{}，请备注项目", "汇款至 {}"],
        "passport": ["护照号：{}", "护照号码 {} 有效期到明年", "出行人护照{}", "我的护照是 {}"],
        "wechat": ["微信号：{}", "加我微信 {} 备注来意", "wx: {}", "微信 {}，拉你进群"],
        "qq": ["QQ：{}", "加QQ {} 领资料", "QQ群：{}", "我的 QQ 号是 {}"],
        "address": ["地址：{}", "公司搬到{}了", "请寄到 {}，收件人写社群", "办公室在{}，欢迎来坐"],
        "secret": ["测试环境的 key 是 {} 别外传", "密钥：{}", "配置里写 {} 就能跑", "把 token 换成 {}"],
        "name": ["主持人是{}", "请{}下周分享一次", "感谢 {} 的介绍", "{}：大家好，我先说两句"],
    },
    "en": {
        "phone": ["Call me at {}", "Phone: {}", "My cell is {}, text anytime", "Tel {} (office hours)"],
        "email": ["Email: {}", "Reach me at {} please", "cc {} on the thread", "send the deck to {}."],
        "id": ["SSN: {}", "National ID {} on file", "the founder's ID number is {}", "ID card no. {}"],
        "company": ["Company registration code {}", "Unified social credit code: {}", "Tax ID {} for the invoice", "registered under {}"],
        "card": ["Card number: {}", "charge it to {} exp 04/29", "corporate card {} was declined", "Visa {}"],
        "iban": ["IBAN: {}", "wire it to {}", "our account is {} at the bank", "Please pay into {} by Friday"],
        "passport": ["Passport No. {}", "passport number: {}", "my passport {} expires soon", "Passport {} was scanned"],
        "wechat": ["WeChat: {}", "WeChat ID {}", "add me on WeChat, {}", "my wechat is {}"],
        "qq": ["QQ: {}", "QQ number {}", "join the QQ group {}", "ping me on QQ {}"],
        "address": ["Address: {}", "We moved to {} last week", "Ship it to {}", "our office at {} is open"],
        "secret": ["API key: {}", "export TOKEN={}", "use {} in staging", "the secret is {} for now"],
        "name": ["Thanks to {} for hosting", "{} will present on Friday", "Please ask {} about it", "{}: good morning all"],
    },
}  # fmt: skip

SEEN_ALIKE: dict[str, dict[str, list[str]]] = {
    "zh": {
        "phone": ["订单号 {}", "本季收入 {} 元", "时间戳 {}", "版本 {} 已发布"],
        "email": ["安装 {} 即可", "图标用 {}", "在群里 {} 提醒一下", "写成 {} 的形式"],
        "id": ["流水号 {}", "交易单号：{}", "快递单 {} 已签收", "批次 {}"],
        "company": ["序列号 {}", "产品编码：{}", "激活码 {}", "文件编号 {}"],
        "card": ["订单编号 {}", "物流单号：{}", "记录 id {}", "合同号 {}"],
        "iban": ["型号 {}", "税号示例 {}", "课程代码 {}", "零件 {} 缺货"],
        "passport": ["型号 {} 的电机", "合同 {} 已归档", "房间 {}", "课程 {}"],
        "wechat": ["微信{}", "用微信{}", "微信 {} 很方便", "关于微信{}"],
        "qq": ["QQ {}", "腾讯 QQ {}", "在 QQ{}", "QQ {} 左右"],
        "address": ["关于{}", "我们讨论了{}", "{}很重要", "参见{}"],
        "secret": ["提交 {} 修了这个", "说明：{}", "参数 {}", "token {}"],
        "name": ["今天{}", "结果{}", "我们{}", "有点{}"],
    },
    "en": {
        "phone": ["Order {}", "revenue of {}", "timestamp {}", "version {}"],
        "email": ["install {}", "use {} for retina", "ping {} in the channel", "written as {}"],
        "id": ["transaction {}", "Tracking number {}", "batch {}", "ticket {}"],
        "company": ["Serial number {}", "product code {}", "licence key {}", "file {}"],
        "card": ["Order number {}", "record id {}", "invoice {}", "shipment {}"],
        "iban": ["model {}", "VAT number {}", "course {}", "part {}"],
        "passport": ["model {}", "flight {}", "room {}", "contract {}"],
        "wechat": ["WeChat {}", "using WeChat {}", "on WeChat {}", "about WeChat {}"],
        "qq": ["QQ {}", "Tencent QQ {}", "the QQ {}", "QQ had {}"],
        "address": ["about {}", "we discussed {}", "{} matters", "see {}"],
        "secret": ["commit {}", "note: {}", "parameter {}", "token {}"],
        "name": ["about {}", "and {}", "then {}", "with {}"],
    },
}  # fmt: skip

UNSEEN: dict[str, dict[str, list[str]]] = {
    "zh": {
        "phone": ["急事请拨 {}（上午在线）", "报名咨询→{}", "王姐 {} 负责场地", "接龙 12. 小周 {} 两人", "不行就直接{}找我"],
        "email": ["BP投递：{}", "可以写信给{}说明情况", "（{}）", "对接人邮件 {}；周五前", "投稿|{}|截止月底"],
        "id": ["股东证件：{}", "本人（身份证{}）承诺", "证号 {} 的持有人", "实名信息 {}", "身份证号码为{}。"],
        "company": ["主体代码{}", "甲方（信用代码：{}）", "抬头见群公告，税号是{}", "纳税人识别号：{}", "登记号 {} 的公司"],
        "card": ["工资卡 {}", "劳务费转这张：{}", "开户行建设银行，账号 {}", "对公户{}", "尾款打 {} 谢谢老板"],
        "iban": ["收款行账号（IBAN）{}", "对方德国账户：{}", "付款到{}，附言写发票号", "国际汇款 {}", "账户 {} 已开通"],
        "passport": ["签证材料：护照 {}", "护照编号为{}", "持护照{}入境", "邀请函（护照号 {}）", "参会人护照信息：{}"],
        "wechat": ["V信：{}", "进群先加 {}（微信）", "可加微信号{}咨询", "小助手微信：{}，注明城市", "vx {} 秒通过"],
        "qq": ["企鹅号 {}", "扣扣：{}", "老群满了，加QQ群{}", "资料找 qq {} 要", "QQ/{}"],
        "address": ["活动地点：{}（近地铁）", "收货信息 {}", "注册地址为{}。", "线下见面会定在{}，免费", "快递送{}"],
        "secret": ["线上用的是{}，记得轮换", "环境变量 {}", "谁把 {} 提交上去了", "登录凭据：{}", "access key={}"],
        "name": ["和{}聊完以后思路清楚多了", "@{} 看一下", "嘉宾：{}（创始人）", "{}提议把预算砍一半", "投票结果：{}当选"],
    },
    "en": {
        "phone": ["ring {} if the door is locked", "| mobile | {} |", "WhatsApp {} works too", "Contact person, {}, weekdays", "fax/phone {}"],
        "email": ["<{}> wrote:", "intros go to {}, thanks", "(contact: {})", "my address is {} at work", "apply via {}"],
        "id": ["identity document {} was verified", "Social security no. {}", "KYC done for {}", "holder of ID {}", "social security number is {}"],
        "company": ["USCC {}", "entity code {} per the certificate", "invoice to the company with code {}", "business licence {}", "our Chinese entity ({})"],
        "card": ["the company Mastercard is {}", "refund went back to {}", "credit card: {}", "paid with {} at checkout", "debit {}"],
        "iban": ["transfer to account {}", "beneficiary account no. {}", "bank details: {}", "SEPA, {}", "the seller's IBAN is {}."],
        "passport": ["travel document: passport {}", "Passport #{}", "visa letter for passport number {}", "holding passport no {}", "passport: {} (valid)"],
        "wechat": ["Weixin: {}", "WeChat id is {}", "add {} on WeChat", "find me on wechat: {}", "contact (wechat) {}"],
        "qq": ["QQ no. {}", "my QQ is {}", "QQ group number: {}", "QQ#{}", "or via QQ, {}"],
        "address": ["the meetup is at {} at six", "mail cheques to {}.", "HQ: {}", "lives at {} now", "registered office {}"],
        "secret": ["who committed {} again", "Authorization: Bearer {}", "set the variable to {}", "rotate {} today", "credentials = {}"],
        "name": ["per {}, the round closes in May", "as {}'s cofounder put it", "({}, moderator)", "intro to {}?", "according to {} it works"],
    },
}  # fmt: skip

UNSEEN_ALIKE: dict[str, dict[str, list[str]]] = {
    "zh": {
        "phone": ["工单 {} 已关闭", "累计 {} 次播放", "坐标 {}", "书号 {}", "服务器 {} 重启"],
        "email": ["依赖 {} 有漏洞", "素材命名 {}", "请 {} 到场", "语法是 {}", "记作 {}"],
        "id": ["申请编号 {}", "运单 {} 派送中", "消息 id：{}", "日志 {}", "回执 {}"],
        "company": ["设备号 {}", "兑换码：{}", "校验值 {}", "档案 {}", "资产标签 {}"],
        "card": ["支付流水 {}", "快递 {} 到了", "用户 id {}", "发票号码 {}", "会话 {}"],
        "iban": ["规格 {}", "航班 {}", "专利 {}", "物料 {}", "代号 {}"],
        "passport": ["配件 {}", "工号 {}", "发票 {}", "展位 {}", "批号 {}"],
        "wechat": ["最近微信{}", "通过微信{}", "微信的{}", "把微信{}", "微信端 {}"],
        "qq": ["早年 QQ {}", "QQ{}", "登录 QQ {}", "从 QQ {}", "对比 QQ {}"],
        "address": ["话题是{}", "他提到{}", "其中{}占一半", "以{}为例", "见{}"],
        "secret": ["哈希 {}", "登录时{}", "示例里写 {}", "镜像 {}", "请求号 {}"],
        "name": ["他们{}", "所以{}", "总之{}", "真的{}", "其实{}"],
    },
    "en": {
        "phone": ["case {} is closed", "{} plays so far", "at coordinates {}", "ISBN {}", "host {} rebooted"],
        "email": ["{} has a flaw", "named {}", "ask {} to join", "syntax: {}", "denoted {}"],
        "id": ["application {}", "parcel {} in transit", "message id: {}", "log {}", "receipt {}"],
        "company": ["device {}", "voucher: {}", "checksum {}", "record {}", "asset tag {}"],
        "card": ["payment reference {}", "waybill {} arrived", "user id {}", "invoice number {}", "session {}"],
        "iban": ["spec {}", "flight {}", "patent {}", "material {}", "codename {}"],
        "passport": ["spare part {}", "badge {}", "invoice {}", "booth {}", "lot {}"],
        "wechat": ["lately WeChat {}", "through WeChat {}", "WeChat's {}", "how WeChat {}", "in WeChat, {}"],
        "qq": ["early QQ {}", "QQ, {}", "login with QQ {}", "from QQ {}", "versus QQ {}"],
        "address": ["the topic was {}", "he named {}", "of these {} is half", "take {} for example", "cf. {}"],
        "secret": ["hash {}", "at login, {}", "the sample says {}", "image {}", "request {}"],
        "name": ["they saw {}", "so {}", "in short {}", "really {}", "in fact {}"],
    },
}  # fmt: skip
