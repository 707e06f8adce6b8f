"""The words that keys and labels of pasted layouts use, English and Chinese, without case, spaces and marks."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LABEL_KEYS = _words(
    "phrase name label caption object objectname title description desc category class classname text prompt item "
    "thing entity subject element type 名称 名字 物体 物体名称 对象 标签 描述 标题 短语 类别 目标 内容 物品"
)
BOX_KEYS = _words(
    "box bbox boundingbox bboxes boxes boundingboxes rect rectangle region coordinates coords coordinate location area "
    "bounds points polygon corners vertices xywh xyxy ltrb ltwh box2d bbox2d yxyx cxcywh position positions bndbox "
    "坐标 位置 边界框 框 包围盒 区域 矩形 范围 边框"
)
GROUP_KEYS = _words(
    "objects items elements layout list things entities annotations detections regions instances shapes children data "
    "result output answer scene compositionaldeconstruction foreground "
    "物体列表 对象列表 物体 对象 元素 布局 物品 目标 列表"
)
NO_BOX_KEYS = _words("palette colorpalette colors canvas canvassize imagesize resolution size")
TOP_LEFT_KEYS = _words("topleft lefttop position pos origin start upperleft min p1 location 左上角 左上 位置 起点")
BOTTOM_RIGHT_KEYS = _words("bottomright rightbottom end lowerright max p2 右下角 右下 终点")
SIZE_KEYS = _words("size dimensions dims extent 尺寸 大小")
CENTRE_KEYS = _words("center centre middle 中心 中心点")
BACKGROUND_KEYS = frozenset(
    _words(
        "background backgroundprompt bg bgprompt backgrounddescription backgroundcaption scenebackground backdrop "
        "背景 背景提示 背景提示词 背景描述"
    )
)
NEGATIVE_KEYS = frozenset(
    _words(
        "negative negativeprompt neg negprompt negatives exclude excluded exclusions "
        "负面 负面提示 负面提示词 反向提示词 反向提示 负向提示词 负向提示 负提示词 排除"
    )
)
CANVAS_KEYS = frozenset(_words("canvas canvassize imagesize image resolution 画布 画布尺寸 图像尺寸"))
ORDER_KEYS = frozenset(_words("format order boxformat bboxformat coordinateformat coordinates note 格式 坐标格式"))
X_NAMES = _words(
    "x x0 xmin xmi xstart left l topleftx xtopleft lefttopx leftx xleft startx minx xcoordinate xcoord xpos xposition "
    "posx positionx originx leftedge tlx ulx upperleftx x起点 左 左边 左侧 左上角x 左上x x坐标 横坐标"
)
Y_NAMES = _words(
    "y y0 ymin ymi ystart top t toplefty ytopleft lefttopy topy ytop starty miny ycoordinate ycoord ypos yposition "
    "posy positiony originy topedge tly uly upperlefty y起点 上 上边 上侧 顶部 左上角y 左上y y坐标 纵坐标"
)
WIDTH_NAMES = _words("w width boxwidth bboxwidth wide objectwidth dx 宽 宽度 框宽")
HEIGHT_NAMES = _words("h height boxheight bboxheight high objectheight dy 高 高度 框高")
RIGHT_NAMES = _words(
    "x2 xmax xma xend right r bottomrightx xbottomright rightbottomx rightx xright endx maxx rightedge brx lrx "
    "lowerrightx 右 右边 右侧 右下角x 右下x"
)
BOTTOM_NAMES = _words(
    "y2 ymax yma yend bottom b bottomrighty ybottomright rightbottomy bottomy ybottom endy maxy bottomedge bry lry "
    "lowerrighty 下 下边 下侧 底部 右下角y 右下y"
)
CENTRE_X_NAMES = _words("cx xc xcenter xcentre centerx centrex midx xmid 中心x")
CENTRE_Y_NAMES = _words("cy yc ycenter ycentre centery centrey midy ymid 中心y")
