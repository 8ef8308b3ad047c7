"""Words that names are made of, words that never are, and names everybody knows: what the other modules look up."""

from bot.reading.said import words

SURNAMES = words(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đinh trịnh mai tô hà tạ cao lưu đoàn"
    " lương vương triệu chu tống kiều thái lâm quách tăng nông giàng lò vi hứa phùng trương doãn đàm đậu thân từ văn"
    " châu la lại lã mạc ma nghiêm ninh phí quản thạch tôn tôn trà ung ông viên vừ sùng cù diệp giang khổng khuất"
)
GIVEN = words(
    "an ân anh ánh ấn ba bá bách bảo bằng bắc bảy bé bích biên bình bính bốn bông bờ bửu bưởi cam cảnh cầm cẩn cần cát"
    " chánh chắt châu chi chí chiến chiểu chinh chính chung chức chương cò công cót cư cu cúc cương cường cứu dần dậu"
    " diên diện diệp diệu dinh dĩnh do doanh du dụ dũng dung duy duyên dư dương dưỡng đa đại đài đào đảng đàm đan đạo"
    " đạt đằng đăng đề đệ điền điệp điều định đính đoan đoàn đô độ đông đồng đống đức gấm gái giang giáp giao giàu hà"
    " hải hán hạnh hào hảo hạ hằng hân hậu hiên hiến hiển hiền hiệp hiếu hiệu hinh hoa hoan hoàn hoàng hoành hòa hoài"
    " hỏa hồng hồi hội hợi hợp hùng huân huấn huệ huề huy huyên huyền huỳnh hưng hương hường hướng hữu hỷ kha khá khai"
    " khải khang khanh khánh khắc khiêm khiết khoa khoan khôi khương khuê khuyến kiên kiều kiệm kiệt kim kiểm kình kỳ"
    " kỷ lai lâm lan lân lành lãm lạc lăng lập lê lễ liên liễu liêm linh lĩnh loan long lộc lợi lới luân luận luật"
    " luyến luyện lực lượng lương lựu lý mạnh mai mai mão mẫn mận mậu mây miên minh mịch mơ mùi mùa mỹ nam năm năng"
    " ngạn ngân nghệ nghi nghị nghĩa nghiêm nghiệp ngọ ngọc nguyên nguyện nguyệt ngừng nhã nhạ nhâm nhân nhẫn nhật"
    " nhàn nhị nhiệm nhiên nhu nhung như nhượng ninh nông nở nương oanh phát phẩm phấn phi phong phòng phó phú phúc phụ"
    " phùng phước phương phượng quang quảng quân quế quốc quý quyên quyền quyết quyến quỳ quỳnh sang sáng sáu sản sắc"
    " sâm sen sĩ siêu sinh soa soạn song sơn sửu sung sương sức tá tài tám tạo tân tần tấn tấu tăng tây tèo tề thạch"
    " thạc thái thanh thành thảo thạnh thao thắm thắng thăng thân thất thế thể thi thìn thiên thiện thiệp thiết"
    " thiệu thịnh thọ thoa thoan thoại thoáng thông thơ thơm thu thuấn thuận thuần thuật thục thúy thùy thủy thụy thư"
    " thứ thức thường thưởng thược tí tiến tiếp tiệp tin tính tình tịnh toàn toán toản toại tỏa tố trà tráng trang trâm"
    " trần tri trí triều triệu trinh trình trọng trung trúc trụ trực trường trưởng tuân tuấn tuất tuệ tùng túc tuyên"
    " tuyến tuyển tuyết tư tứ tự tường tước tưởng tửu tý tỵ út uy uyên vân vận vàng văn vệ vĩ viên viễn viện việt vinh"
    " vĩnh vọng võ vũ vui vượng vương vỹ xoan xô xuân xuyến xuyên yên yến ví thử mẫu"
)
"""also what invented people are called: «Ví Dụ», «Thử», «Mẫu»"""
MIDDLE = words("văn thị hữu đình xuân đức ngọc quang minh công bá viết duy thế trọng như kim thanh hồng")
NICKNAMES = words("hai ba tư bốn năm sáu bảy tám chín mười út cả")
COMMON = words(
    # those who speak, and those spoken of
    "tôi tui tao tớ mình ta mi mày nó hắn hấn họ ai người ng chúng bọn tụi bầy ảnh ổng bả chỉ cổ ấy nầy này nọ kia đó"
    " đây đấy nớ ni tê tề nè nào nấy vậy vầy thế rứa ri z zậy v thôi mô chi rằng răng sao chừng bao đâu gì j ji z"
    # particles, and what is said to be polite
    " ạ nhé nha nghe nghen hen hén hén hả hử nhỉ nhể à ừ ừm uh ờ ơ ơi ới dạ vâng vg vang thưa xin mời cảm cám ơn chào"
    " tạm"
    " biệt chúc ok oke okie okê nhiêu ròi ừa gật hế yes no hi hello alo bye vs với đi luôn lun lắm quá thật thiệt chứ"
    " chớ mà đâu thì là nà"
    " lm cơ cũng đã đang sẽ sắp vừa mới rồi r chưa không ko k hk hok hông hổng khg kg chẳng chả đừng vẫn còn hết nữa"
    " được đc dc bị phải đúng chuẩn sai nhầm lộn trật chính xác rõ đồng ý nhất trí thế y hệt khác"
    # what one does to a talk
    " thêm khoan nhớ quên biết bít bik rành hiểu nghĩ thấy nhìn nghe nói kể kêu gọi hỏi đáp trả lời ghi chép viết đọc"
    " nhắn báo"
    " gửi gởi"
    " gõ bấm xem coi sửa đổi xóa xoá bỏ hủy huỷ thôi dừng ngừng nghỉ tiếp tục lại qua sang trước sau sớm muộn mệt đau"
    " buồn"
    " nhức chịu thua bí khó dễ nhanh chậm lâu xưa giúp giùm dùm hộ nhờ cho muốn cần định thích đợi chờ để làm lm mần"
    " đến tới"
    " ra vào vô về lên xuống đi chạy ngồi đứng nằm ở từ tại trong ngoài trên dưới của cùng và hay hoặc nhưng nên vì"
    " bởi do"
    " như bằng mọi mỗi các những mấy nhiều ít vài tất cả toàn bộ câu tên chữ số mã phiếu tin chuyện việc điều cái con"
    " chỗ nơi hôm nay mai mốt bữa giờ bây lúc khi hồi ngày đêm sáng trưa chiều tối tuần"
    " tốt hay giỏi đẹp vui mừng khỏe tuyệt vời hoan hô cán bộ phường ubnd bot máy app trợ tiến"
    " chết hy hi sinh chôn mộ liệt sĩ sỹ hài cốt bom mìn đạn xương nổ cháy cứu sống đào tìm kiếm thăm có"
)
"""words no answer is made of alone: who, how, when; to say, to write, to go; yes and no"""
FACTS = words("chết hy hi sinh chôn mộ bom mìn đạn xương cháy đào hài cốt bị nằm nổ")
"""such words that tell something of a grave all the same"""
KIN = words(
    "anh chị em ông bà chú bác cô cậu cháu con thằng đứa bố mẹ ba má cha tía vợ chồng trai gái dâu rể nội ngoại ruột"
    " dì thím"
    " mợ dượng o eng mệ bọ ổng ảnh thôn ấp xã huyện tỉnh phường đất nhà chủ trưởng già trẻ dân đội lính hầm đồi suối"
    " núi"
    " bạn thân cũ mới thầy cựu suối hang tết cầu đèo dốc ngã bìa bờ cao"
)
"""what stands before a name, or says who somebody is instead of what he is called"""
PROVINCES = (
    r"(?:an giang|bà rịa|vũng tàu|bạc liêu|bắc giang|bắc kạn|bắc ninh|bến tre|bình dương|bình định|bình phước"
    r"|bình thuận|cà mau|cao bằng|cần thơ|đà nẵng|đắc lắc|đắk lắk|đắk nông|điện biên|đồng nai|đồng tháp|gia lai"
    r"|hà giang"
    r"|hà nam|hà nội|hà tĩnh|hà tây|hà bắc|hải dương|hải phòng|hải hưng|hậu giang|hòa bình|hưng yên|khánh hòa"
    r"|kiên giang"
    r"|kiến an|kon tum|công tum|lai châu|lạng sơn|lào cai|lâm đồng|long an|minh hải|nam định|nam hà|nghệ an|nghệ tĩnh"
    r"|ninh bình|ninh thuận|phú thọ|phú yên|quảng bình|quảng nam|quảng ngãi|quảng ninh|quảng trị|sài gòn|sóc trăng"
    r"|sông bé|sơn la|tây ninh|thái bình|thái nguyên|thanh hóa|thừa thiên|huế|tiền giang|trà vinh|tuyên quang|vĩnh long"
    r"|vĩnh phúc|vĩnh phú|yên bái|tây nguyên|trường sơn|khe sanh|đông hà|hướng hóa|thành cổ|đường 9|củ chi|thạch hãn"
    r"|gio linh|cam lộ|vĩnh linh|hải lăng|triệu phong|a lưới|a sầu|lộc ninh|buôn ma thuột|buôn mê thuột|plây me|pleiku"
    r"|sa thầy|đắc tô|đắk tô|tân cảnh|xuân lộc|điện biên phủ|đồi chùa|vị xuyên|thủy nguyên|đồ sơn|cát bà|cát hải|an lão"
    r"|tiên lãng|vĩnh bảo|kiến thụy|an dương|hồng bàng|lê chân|ngô quyền|miền nam|miền trung|miền bắc|miền đông"
    r"|miền tây"
    r"|nam bộ|lào|hạ lào|campuchia|cam pu chia|miên|côn đảo|phú quốc|biên hòa|nha trang|quy nhơn|đà lạt|cồn cỏ"
    r"|dốc miếu)"
)
