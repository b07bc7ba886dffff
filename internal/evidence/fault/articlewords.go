package fault

// language is what articles of one language are made of. In templates {P} stands for a person, {O} for an organisation, {L} for a
// place, {N} for a number, {D} for a day, {T} for a matter.
type language struct {
	code      string
	spaced    bool
	templates []string
	fill      map[byte][]string
	nots      []string // negations to insert
	synonyms  []string // words to put in place of others
	furniture []string // what pages have around articles
	notices   []string // of corrections; {Q} stands for what the text said before
	said      []string // what stands before a repeated sentence
}

func languages() []language {
	return []language{english(), spanish(), portuguese(), chinese(), arabic()}
}

func english() language {
	return language{code: "en", spaced: true,
		templates: []string{
			"The ministry of {T} said on {D} that {N} people had been arrested in {L}.",
			"“We did not order any company to block the sites,” {P} told reporters in {L}, “and nobody at {O} was asked to.”",
			"According to {O}, at least {N} websites were out of reach from {L} during the night of {D}.",
			"{P}, who leads {O}, denied that the contract for {T} had ever been signed.",
			"Engineers in {L} measured {N} failures in a row before the connection came back.",
			"The contract, worth {N} million dollars, was awarded to {O} without a tender.",
			"{O} did not answer questions about {T}.",
			"“The order came by telephone,” said {P}.",
			"Two days later the {T} of the province of {L} was suspended, and {P} left the country.",
			"A spokesman for {O} said the company follows the law of every country in which it works.",
			"Police in {L} confirmed {N} injured and no deaths after the protest of {D}.",
			"The report, which {O} published on {D}, runs to {N} pages and names {P} eleven times.",
			"Residents of {L} had to walk for hours to send a message, as {P} recalls.",
			"In {L}, {P} was seen at the gates of {O} on {D}, together with two men who did not give their names.",
			"Nobody has been charged.",
			"The court will hear the case on {D}.",
			"{N} of the {N} servers belonged to {O}; the others could not be traced.",
			"Whether {T} was the reason is not known, but {P} thinks so.",
		},
		fill: map[byte][]string{
			'P': {"Ana Duarte", "John Merrick", "Li Wenhua", "Carlos Iriarte", "Nadia Haddad", "Peter Okello", "Maria Teresa Rojas", "Samuel Brandt", "Vera Kowalska", "Omar Saleh"},
			'O': {"Sildavia Telecom", "the Borduna Press Union", "Northgate Systems", "the Institute for Open Networks", "CANTEL", "Redline Software", "the Committee of Families", "Halyard Group", "the National Electoral Board"},
			'L': {"Szohôd", "the port of Klow", "Maracay", "the northern districts", "San Telmo", "Valle Alto", "Bengazir", "the capital", "Porto Velho", "Little Borduna"},
			'D': {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
			'T': {"telecommunications", "public security", "filtering", "the census", "water supply", "identity cards", "the elections", "mobile internet"},
		},
		nots: []string{"not", "never", "hardly"}, synonyms: []string{"allegedly", "yesterday", "officials", "nearly", "several", "claimed", "refused", "quietly", "again", "abroad"},
		furniture: []string{"Home | World | Business | Opinion", "Share this article", "Read also: five things to know before the vote", "Subscribe to our newsletter", "Advertisement", "3 min read", "Photo: courtesy of the family", "© The Szohôd Herald. All rights reserved.", "Most read", "Sign in"},
		notices: []string{"Correction: An earlier version of this article said: “{Q}” That was wrong.", "This article was updated to reflect new information. It had said “{Q}”",
			"Editor's note: the sentence “{Q}” did not meet our standards.", "We were told after going to press that the words “{Q}” cannot be upheld."},
		said: []string{"In brief:", "Key points", "What we know:"},
	}
}

func spanish() language {
	return language{code: "es", spaced: true,
		templates: []string{
			"El ministerio de {T} informó el {D} que {N} personas fueron detenidas en {L}.",
			"“No ordenamos a ninguna empresa bloquear las páginas”, declaró {P} en {L}, “y nadie en {O} recibió esa instrucción”.",
			"Según {O}, al menos {N} sitios web quedaron fuera de servicio desde {L} durante la noche del {D}.",
			"{P}, que dirige {O}, negó que el contrato de {T} se hubiera firmado.",
			"Técnicos en {L} midieron {N} fallas seguidas antes de que volviera la conexión.",
			"El contrato, por {N} millones de dólares, fue adjudicado a {O} sin licitación.",
			"{O} no respondió a las preguntas sobre {T}.",
			"“La orden llegó por teléfono”, dijo {P}.",
			"Dos días después fue suspendido el servicio de {T} en {L}, y {P} salió del país.",
			"Un portavoz de {O} aseguró que la compañía cumple la ley de cada país donde trabaja.",
			"La policía de {L} confirmó {N} heridos y ningún muerto tras la protesta del {D}.",
			"El informe, que {O} publicó el {D}, tiene {N} páginas y menciona a {P} once veces.",
			"Los vecinos de {L} tuvieron que caminar horas para enviar un mensaje, recuerda {P}.",
			"En {L}, {P} fue vista a las puertas de {O} el {D}, junto a dos hombres que no dieron su nombre.",
			"Nadie ha sido acusado.",
			"El tribunal verá el caso el {D}.",
			"{N} de los {N} servidores eran de {O}; los demás no pudieron ser rastreados.",
			"No se sabe si {T} fue el motivo, pero {P} lo cree así.",
		},
		fill: map[byte][]string{
			'P': {"Ana Duarte", "José Ángel Peña", "Carlos Iriarte", "María Teresa Rojas", "Nélida Suárez", "Íñigo Vélez", "Luisa Fernanda Gómez", "Raúl Contreras", "Yolanda Niño"},
			'O': {"Telecom Sildavia", "el Sindicato de la Prensa", "Sistemas del Norte", "el Instituto de Redes Abiertas", "CANTEL", "el Comité de Familiares", "Grupo Driza", "el Consejo Electoral"},
			'L': {"Maracay", "San Telmo", "el puerto de Klow", "los distritos del norte", "Valle Alto", "la capital", "Ciudad Nueva", "Los Llanos", "Peñaranda"},
			'D': {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"},
			'T': {"telecomunicaciones", "seguridad ciudadana", "filtrado", "agua potable", "identificación", "elecciones", "internet móvil"},
		},
		nots: []string{"no", "nunca", "jamás"}, synonyms: []string{"presuntamente", "ayer", "funcionarios", "casi", "varios", "aseguró", "rechazó", "también", "siempre", "exterior"},
		furniture: []string{"Inicio | Mundo | Economía | Opinión", "Compartir este artículo", "Lea también: cinco claves antes de la votación", "Suscríbase a nuestro boletín", "Publicidad", "Lectura de 3 minutos", "Foto: cortesía de la familia", "© El Heraldo de San Telmo. Todos los derechos reservados.", "Lo más leído", "Iniciar sesión"},
		notices: []string{"Corrección: Una versión anterior de esta nota decía: “{Q}” No era cierto.", "Esta nota fue actualizada. Antes se leía «{Q}»",
			"Fe de erratas: donde dice “{Q}” el dato era erróneo.", "Tras el cierre supimos que las palabras «{Q}» no pueden sostenerse."},
		said: []string{"En resumen:", "Claves", "Lo que se sabe:"},
	}
}

func portuguese() language {
	return language{code: "pt", spaced: true,
		templates: []string{
			"O ministério de {T} informou na {D} que {N} pessoas foram detidas em {L}.",
			"“Não ordenamos a nenhuma empresa que bloqueasse as páginas”, declarou {P} em {L}, “e ninguém em {O} recebeu essa instrução”.",
			"Segundo {O}, pelo menos {N} sites ficaram fora do ar a partir de {L} durante a noite de {D}.",
			"{P}, que dirige {O}, negou que o contrato de {T} tivesse sido assinado.",
			"Técnicos em {L} mediram {N} falhas seguidas antes que a conexão voltasse.",
			"O contrato, de {N} milhões de dólares, foi entregue a {O} sem licitação.",
			"{O} não respondeu às perguntas sobre {T}.",
			"“A ordem chegou por telefone”, disse {P}.",
			"Dois dias depois foi suspenso o serviço de {T} em {L}, e {P} deixou o país.",
			"Um porta-voz de {O} afirmou que a empresa cumpre a lei de cada país onde atua.",
			"A polícia de {L} confirmou {N} feridos e nenhum morto após o protesto de {D}.",
			"O relatório, que {O} publicou na {D}, tem {N} páginas e cita {P} onze vezes.",
			"Moradores de {L} tiveram de caminhar horas para mandar uma mensagem, lembra {P}.",
			"Ninguém foi acusado.",
			"O tribunal julgará o caso na {D}.",
			"{N} dos {N} servidores eram de {O}; os demais não puderam ser rastreados.",
		},
		fill: map[byte][]string{
			'P': {"Ana Duarte", "João Conceição", "Antônia Magalhães", "Caio Brandão", "Lúcia Assunção", "Inês Falcão", "Otávio Guimarães", "Márcia Leitão"},
			'O': {"a Telecom Sildávia", "o Sindicato da Imprensa", "a Sistemas do Norte", "o Instituto de Redes Abertas", "a CANTEL", "o Comitê de Famílias", "o Grupo Adriça"},
			'L': {"Porto Velho", "São Telmo", "Três Lagoas", "os distritos do norte", "Vale Alto", "a capital", "Conceição", "Açailândia"},
			'D': {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"},
			'T': {"telecomunicações", "segurança pública", "filtragem", "água potável", "identificação", "eleições", "internet móvel"},
		},
		nots: []string{"não", "nunca", "jamais"}, synonyms: []string{"supostamente", "ontem", "funcionários", "quase", "vários", "alegou", "recusou", "também", "sempre"},
		furniture: []string{"Início | Mundo | Economia | Opinião", "Compartilhe este artigo", "Leia também: cinco pontos antes da votação", "Assine a nossa newsletter", "Publicidade", "3 min de leitura", "Foto: arquivo da família", "© Folha de São Telmo. Todos os direitos reservados.", "Mais lidas", "Entrar"},
		notices: []string{"Correção: Uma versão anterior deste texto dizia: “{Q}” Estava errado.", "Este texto foi atualizado. Antes lia-se “{Q}”",
			"Erramos: a frase “{Q}” continha um erro.", "Depois do fechamento soubemos que as palavras “{Q}” não se sustentam."},
		said: []string{"Em resumo:", "Pontos principais", "O que se sabe:"},
	}
}

func chinese() language {
	return language{code: "zh",
		templates: []string{
			"{T}部门{D}表示，{L}共有{N}人被拘留。",
			"{P}在{L}对记者说：“我们没有要求任何公司屏蔽这些网站，{O}也没有收到这样的指示。”",
			"据{O}称，{D}夜间至少有{N}个网站在{L}无法访问。",
			"{O}负责人{P}否认曾签署{T}合同。",
			"{L}的工程师连续测得{N}次失败，随后连接才恢复。",
			"这份价值{N}万美元的合同未经招标就授予了{O}。",
			"{O}没有回答有关{T}的问题。",
			"{P}说：“命令是打电话传来的。”",
			"两天后，{L}的{T}服务被暂停，{P}也离开了该国。",
			"{O}发言人表示，公司遵守其业务所在国家的法律。",
			"{L}警方证实，{D}的抗议活动造成{N}人受伤，没有人死亡。",
			"{O}于{D}发布的报告长达{N}页，十一次提到{P}。",
			"{P}回忆说，{L}的居民要走几个小时才能发出一条信息。",
			"至今没有人被起诉。",
			"法院将于{D}开庭审理此案。",
			"{N}台服务器中有{N}台属于{O}，其余的无法追查。",
			"{T}是否就是原因尚不清楚，但{P}这样认为。",
		},
		fill: map[byte][]string{
			'P': {"李文华", "王建国", "陈秀英", "安娜·杜阿尔特", "赵志强", "黄美玲", "卡洛斯·伊里亚特", "周晓东"},
			'O': {"国家电信公司", "新闻工作者联盟", "北方系统公司", "开放网络研究所", "红线软件公司", "家属委员会", "全国选举委员会"},
			'L': {"首都", "北部地区", "圣特尔莫", "新城", "港口城市克洛", "高谷县", "马拉凯", "边境省份"},
			'D': {"星期一", "星期二", "星期三", "星期四", "星期五", "周末"},
			'T': {"电信", "公共安全", "网络过滤", "人口普查", "供水", "身份证", "选举", "移动互联网"},
		},
		nots: []string{"并未", "没有", "从不"}, synonyms: []string{"据称", "昨天", "官员", "几乎", "多名", "声称", "拒绝", "再次", "境外"},
		furniture: []string{"首页 | 国际 | 财经 | 评论", "分享本文", "延伸阅读：投票前须知的五件事", "订阅我们的新闻简报", "广告", "阅读时间3分钟", "图片：家属提供", "© 新城时报 版权所有", "热门文章", "登录"},
		notices:   []string{"更正：本文早前版本写道：“{Q}”该说法有误。", "本文更新于今日，此前写为“{Q}”", "编者按：“{Q}”一句不符合本报标准。", "截稿后获悉，“{Q}”的说法不能成立。"},
		said:      []string{"摘要：", "要点", "目前所知："},
	}
}

func arabic() language {
	return language{code: "ar", spaced: true,
		templates: []string{
			"قالت وزارة {T} يوم {D} إن {N} شخصا اعتقلوا في {L}.",
			"قال {P} للصحفيين في {L}: «لم نأمر أي شركة بحجب المواقع، ولم يطلب ذلك من {O}».",
			"وبحسب {O} تعذر الوصول إلى {N} موقعا على الأقل من {L} ليلة {D}.",
			"نفى {P} الذي يرأس {O} توقيع عقد {T}.",
			"قاس المهندسون في {L} {N} إخفاقا متتاليا قبل أن يعود الاتصال.",
			"منح العقد البالغة قيمته {N} مليون دولار إلى {O} دون مناقصة.",
			"لم ترد {O} على أسئلة حول {T}.",
			"قال {P}: «جاء الأمر عبر الهاتف».",
			"وبعد يومين علقت خدمة {T} في {L} وغادر {P} البلاد.",
			"أكدت شرطة {L} إصابة {N} شخصا دون وفيات بعد احتجاج {D}.",
			"يقع التقرير الذي نشرته {O} يوم {D} في {N} صفحة ويذكر {P} إحدى عشرة مرة.",
			"يتذكر {P} أن سكان {L} مشوا ساعات لإرسال رسالة واحدة.",
			"لم توجه التهمة إلى أحد.",
			"ستنظر المحكمة في القضية يوم {D}.",
			"كان {N} من أصل {N} خادما تابعا لـ{O}، ولم يمكن تتبع البقية.",
		},
		fill: map[byte][]string{
			'P': {"عمر صالح", "نادية حداد", "سامي الخطيب", "ليلى منصور", "يوسف الأحمد", "هدى الزين", "كريم بن علي"},
			'O': {"شركة الاتصالات الوطنية", "نقابة الصحفيين", "معهد الشبكات المفتوحة", "لجنة العائلات", "الهيئة الوطنية للانتخابات", "مجموعة الشراع"},
			'L': {"العاصمة", "المناطق الشمالية", "ميناء كلو", "الوادي العالي", "المدينة الجديدة", "سان تيلمو"},
			'D': {"الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"},
			'T': {"الاتصالات", "الأمن العام", "الحجب", "التعداد", "المياه", "الهوية", "الانتخابات"},
		},
		nots: []string{"لم", "لا", "أبدا"}, synonyms: []string{"يزعم", "أمس", "مسؤولون", "تقريبا", "عدة", "رفض", "مجددا", "الخارج"},
		furniture: []string{"الرئيسية | العالم | اقتصاد | رأي", "شارك هذا المقال", "اقرأ أيضا: خمسة أمور قبل التصويت", "اشترك في نشرتنا", "إعلان", "3 دقائق للقراءة", "الصورة: من العائلة", "© صحيفة العاصمة. جميع الحقوق محفوظة.", "الأكثر قراءة", "تسجيل الدخول"},
		notices: []string{"تصحيح: ورد في نسخة سابقة من هذا المقال: «{Q}» وهذا غير صحيح.", "تم تحديث هذا المقال، وكان فيه «{Q}»",
			"تنويه: الجملة «{Q}» لا تستوفي معاييرنا.", "علمنا بعد النشر أن عبارة «{Q}» لا يمكن إثباتها."},
		said: []string{"باختصار:", "النقاط الرئيسية", "ما نعرفه:"},
	}
}
