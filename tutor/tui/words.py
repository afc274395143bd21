"""What the app itself says, in both languages. Words about runs and entries are those of `render.words`."""

from __future__ import annotations

from tutor.catalogue.model import LANGS, Lang, Text

WORDS: dict[str, tuple[str, str]] = {
    # chrome
    "seed": ("seed {}", "种子{}"),
    "language": ("EN", "中"),
    "proven": ("{}/{} proven", "已验证{}/{}"),
    "own files": ("Your files", "你的文件"),
    "edited": ("edited", "已改"),
    "waiting": ("starting {}", "正在启动{}"),
    "waiting long": ("starting {}: importing torch", "正在启动{}：导入torch"),
    "running": ("running", "运行中"),
    "not live": ("not run: r or F5 runs it", "未运行：按r或F5运行"),
    "long": ("{} lines: r or F5 runs them", "共{}行：按r或F5运行"),
    "too long": (
        "{} lines are too many to be followed here: torch-tutor run FILE",
        "共{}行，太多，无法在此逐句跟踪：请用torch-tutor run FILE",
    ),
    "own not live": ("your file may write or send: r or F5 runs it", "你的文件可能会写入或发送数据：按r或F5运行"),
    "not trusted": ("not run: nobody has said that this sheet may; r asks", "未运行：尚未允许这张表运行，按r询问"),
    "stale": ("the results are of the code before", "结果属于修改前的代码"),
    "live on": ("live: runs while you type", "实时：边输入边运行"),
    "live off": ("not live: r or F5 runs it", "非实时：按r或F5运行"),
    "restart": ("r tries again; d chooses another Python", "按r重试，按d选择另一个Python"),
    "next time out": (
        "r runs it again; a smaller loop, or --timeout, gives it time",
        "按r重新运行；缩小循环或用--timeout放宽时限",
    ),
    "next flooded": ("print less, for instance every 100th time", "减少输出，例如每100次打印一次"),
    "next memory": ("make the tensors smaller", "把张量改小一些"),
    "next died": ("the next run starts afresh: r", "下次运行重新开始：按r"),
    "next cancelled": ("r or F5 runs it again", "按r或F5重新运行"),
    "noticed": ("{} mistake{s} that raised nothing: see below the code", "{}处没有报错的错误：见代码下方"),
    "next fix": ("F (F8) puts in the fix", "按F（F8）把修正写进代码"),
    "next raised": ("Enter on the marked line tells more", "在标记行按Enter查看详情"),
    "tabs": ("1 Contents  2 Entry  3 Details", "1 目录  2 条目  3 详情"),
    "tab contents": ("1 Contents", "1 目录"),
    "tab entry": ("2 Entry", "2 条目"),
    "tab details": ("3 Details", "3 详情"),
    "then today": ("0.3.0: {}", "0.3.0：{}"),
    "no then": ("this entry has no 0.3.0 form", "本条目没有0.3.0写法"),
    # details
    "details": ("details", "详情"),
    "not yet": ("Not yet run.", "尚未运行。"),
    "pick row": (
        "Put the cursor on a statement: its details are shown here.",
        "把光标移到一条语句上，这里会显示它的详情。",
    ),
    "claim asked": ("claimed of this run:", "对这次运行的论断："),
    "picture": ("picture", "图示"),
    "picture of": ("{} of {}: m next", "{}/{}，按m换下一幅"),
    "page of": ("page {} of {}: [ ]", "第{}/{}页：[ ]"),
    # messages
    "copied": ("copied: {} line{s}", "已复制{}行"),
    "saved": ("saved: {}", "已保存：{}"),
    "not saved": ("not saved: {}", "未保存：{}"),
    "reset": ("as the sheet has it; u takes that back", "已恢复原样，再按u撤销"),
    "reset undone": ("your edit is back", "已恢复你的修改"),
    "reset all done": ("{} edit{s} undone", "已还原{}处修改"),
    "nothing to reset": ("nothing was edited", "没有修改过的内容"),
    "not edited": ("this entry is as the sheet has it", "本条目未修改过"),
    "new seed": ("seed {}", "种子改为{}"),
    "no link": ("no entry {}", "没有条目{}"),
    "first": ("this is the first entry", "已是第一条"),
    "last": ("this is the last entry", "已是最后一条"),
    "nothing back": ("nowhere to go back to", "没有可后退的条目"),
    "nothing forward": ("nowhere to go forward to", "没有可前进的条目"),
    "sheet reloaded": ("the sheet has changed: read again", "表已更新：已重新读取"),
    "file reloaded": ("{} has changed: read again", "{}已更新：已重新读取"),
    "file kept": (
        "{} has changed on disk; your edit here is kept, u takes the new one",
        "{}在磁盘上已更新；保留你在此处的修改，按u取新版本",
    ),
    "no editor": ("no editor: set $EDITOR", "没有编辑器：请设置$EDITOR"),
    "editor missing": ("cannot start {}: {}", "无法启动{}：{}"),
    "editor failed": ("{} ended with {}: nothing was taken over", "{}以{}结束：未采用任何修改"),
    "set aside": ("unreadable state was set aside: {}", "无法读取的状态已另存：{}"),
    "other edit": (
        "another torch-tutor had edited this too; its version is kept: {}",
        "另一个torch-tutor也修改了它，其版本保留在：{}",
    ),
    "cannot save": ("edits are kept until you quit, but not saved: {}", "修改保留到退出为止，但未能保存：{}"),
    "unsaved": ("your edit is not saved", "修改未保存"),
    "handed over": (
        "torch-tutor: your edit of {} could not be saved. Here it is:",
        "torch-tutor：你对{}的修改未能保存，内容如下：",
    ),
    "cannot read": ("saved state cannot be read: {}", "无法读取保存的状态：{}"),
    "pictures offered": ("{} picture{s}: m", "{}幅图示：按m"),
    "no pictures": ("no picture of this line", "这一行没有图示"),
    "no curve": ("no loop here, so no curve", "这里没有循环，也就没有曲线"),
    "nothing to copy": ("nothing to copy yet", "还没有可复制的内容"),
    "no fix": ("no fix is proposed here", "这里没有建议的修正"),
    "fixed": ("the fix is in the code; F again takes it out", "修正已写入代码，再按F取消"),
    "unfixed": ("the code is as it was before the fix", "代码已恢复到修正之前"),
    "no pitfalls": ("no pitfalls are told of this entry", "本条目没有列出易错点"),
    "edits saved": ("Your edits are saved. ", "你的修改已保存。"),
    "quit hint": ("q quits", "按q退出"),
    "ascii on": ("plain characters", "ASCII字符"),
    "ascii off": ("box-drawing characters", "制表符"),
    # dialogs
    "find title": ("Find", "查找"),
    "find hint": ("titles, code and texts in both languages", "两种语言的标题、代码和文字"),
    "find none": ("Nothing found. Fewer or shorter words find more.", "没有找到。词少一些、短一些会找到更多。"),
    "find keys": ("↑ ↓ choose   Enter opens   Esc closes", "↑ ↓ 选择   Enter打开   Esc关闭"),
    "palette title": ("Commands", "命令"),
    "palette hint": ("a command by its name", "按名称查找命令"),
    "device title": ("Where it runs", "在哪里运行"),
    "device starting": (
        "the worker is starting: what it has is not known yet",
        "运行进程正在启动，尚不知道它有哪些设备",
    ),
    "device here": ("in use", "使用中"),
    "device absent": ("not here: {}", "此处没有：{}"),
    "cpu build": ("this torch is a build for the CPU", "这个torch是CPU版"),
    "no gpu": ("torch sees no such device", "torch没有找到这种设备"),
    "mac only": ("Apple hardware only", "仅限Apple硬件"),
    "meta detail": ("shapes only, nothing is computed", "只有形状，不做计算"),
    "other python": ("another Python…", "另一个Python……"),
    "this python": ("this Python", "当前Python"),
    "ask python": ("Path of a Python, or of its virtual environment", "Python或其虚拟环境的路径"),
    "ask open": ("Path of a .py file", ".py文件的路径"),
    "ask save": ("Save the code as", "把代码存为"),
    "exists": ("{} exists: Enter again replaces it", "{}已存在：再按Enter则替换"),
    "allow title": ("What snippets may do", "代码可以做什么"),
    "allow keys": ("↑ ↓ choose   Enter allows or forbids   Esc closes", "↑ ↓ 选择   Enter允许或禁止   Esc关闭"),
    "may read": ("read your files", "读取你的文件"),
    "may write": (
        "write files anywhere, not only in the directory of its run",
        "在任何地方写文件，而不只是本次运行的目录",
    ),
    "may network": ("connect to the network", "连接网络"),
    "may subprocess": ("start programs and processes", "启动程序和进程"),
    "may signals": ("signal other processes, and look into them", "向其他进程发信号，查看它们"),
    "allowed": ("allowed", "已允许"),
    "enforced": ("not allowed; the system refuses it", "未允许：系统会拒绝"),
    "not enforced": ("not allowed, but nothing here refuses it", "未允许，但此系统上没有机制阻止"),
    "allow unknown": ("not allowed; not known yet whether the system refuses it", "未允许；尚不知道系统是否会拒绝"),
    "allowed more": ("may {}", "允许{}"),
    "protected": ("protected", "受保护"),
    "unprotected": ("unprotected", "未受保护"),
    "theme title": ("Theme", "主题"),
    "theme keys": ("↑ ↓ try   Enter keeps   Esc goes back", "↑ ↓ 试用   Enter保留   Esc还原"),
    "menu keys": ("↑ ↓ choose   Enter takes it   Esc closes", "↑ ↓ 选择   Enter确定   Esc关闭"),
    "ask keys": ("Enter takes it   Esc closes", "Enter确定   Esc关闭"),
    "trust title": ("May this sheet run?", "允许这张表运行吗？"),
    "trust yes": ("yes, now and whenever its content is the same", "允许：现在以及今后内容不变时"),
    "trust follow": ("yes, and also after each change while this is open", "允许：打开期间每次修改后也运行"),
    "trust no": ("no: read it only", "不允许：只阅读"),
    "trust keys": ("y yes   a yes, also changed   n no", "y 允许   a 修改后也允许   n 不允许"),
    "trust kept": (
        "it may run; asked again next time: the answer cannot be saved",
        "可以运行；答复未能保存，下次会再问",
    ),
    "confirm all": ("Undo all {} edits? They are gone then.", "还原全部{}处修改？之后无法找回。"),
    "confirm keys": ("y yes   n no", "y 是   n 否"),
    "help title": ("Keys", "按键"),
    "help more": (
        "The mouse works everywhere: click, double-click, wheel, select text to copy it.\n"
        "Keys of your own, by the names at the ends of the lines above: {}",
        "处处可用鼠标：单击、双击、滚轮，选中文字即可复制。\n自定义按键（用上面行末的英文名）：{}",
    ),
    "help keys": ("j k move   Esc closes", "j k 移动   Esc关闭"),
    "help marks": ("Marks", "标记"),
    "welcome title": ("Welcome to torch-tutor", "欢迎使用torch-tutor"),
    "welcome": (
        "A PyTorch cheat sheet in which every line runs, here and now.\n"
        "1 goes to the contents, 2 to the entry: its code, and what each\n"
        "statement printed, which shapes it made, which gradients it filled.",
        "一张每一行都能当场运行的PyTorch速查表。\n"
        "按1看目录，按2看条目：代码，以及每条语句打印了什么、\n"
        "产生了什么形状、填充了哪些梯度。",
    ),
    "welcome keys": (
        "j k      move; the entry is run as you come to it\n"
        "e        change the code: the results follow as you type\n"
        "t        what PyTorch 0.3.0 wrote, beside it\n"
        "x        the mistakes that are easily made here, run live\n"
        "/        find anything\n"
        "?        all keys",
        "j k      移动，到哪一条就运行哪一条\n"
        "e        修改代码，结果随输入更新\n"
        "t        并列显示PyTorch 0.3.0的写法\n"
        "x        这里容易犯的错误，实时运行\n"
        "/        查找任何内容\n"
        "?        所有按键",
    ),
    "welcome close": ("any key begins          L 中文", "按任意键开始          L English"),
    "keys title": ("The file of your own keys has faults", "自定义按键的文件有错误"),
    "keys close": ("any key closes          L 中文", "按任意键关闭          L English"),
    "faults title": ("The sheet has {} fault{s}", "表中有{}处错误"),
    "faults hint": (
        "It is read again as soon as you save it. {}   {} 中文",
        "保存后会立即重新读取。{}   {} English",
    ),
    "faults last": ("Esc goes back to the last good one.", "Esc回到上一个没有错误的版本。"),
    "faults quit": ("q quits.", "按q退出。"),
    # marks, for the help
    "mark idle": ("not yet run", "尚未运行"),
    "mark ran": ("ran", "已运行"),
    "mark proven": ("ran, and every claim holds", "已运行，所有论断成立"),
    "mark failed": ("raised, or a claim does not hold", "报错，或有论断不成立"),
    "mark edited": ("changed by you", "被你修改过"),
    "mark running": ("running", "运行中"),
    "mark then raises": ("at the right: its 0.3.0 form raises today", "在右侧：其0.3.0写法如今报错"),
    "mark then warns": ("at the right: its 0.3.0 form warns today", "在右侧：其0.3.0写法如今发出警告"),
}


def both(key: str, *values: object) -> Text:
    """The same in both languages. A value that is a Text is told in the language of the phrase."""
    return Text(*(say(key, lang, *(v.in_(lang) if isinstance(v, Text) else v for v in values)) for lang in LANGS))


def say(key: str, lang: Lang, *values: object) -> str:
    """A phrase, with its values filled in."""
    pair = WORDS[key]
    plural = "" if values and str(values[0]) == "1" else "s"
    return (pair[1] if lang == "zh" else pair[0]).format(*values, s=plural)
