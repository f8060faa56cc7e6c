/** Emoji that people use in a chat, and the words they look for them by. Loaded with the picker alone. */

/** @type {readonly [string, string][]} a group's name among the strings, and its lines: emoji, words */
export const GROUPS = [
  ["emoji.faces", `
😀 웃음 미소 기쁨 행복 grin smile happy
😃 웃음 활짝 신남 smile happy joy
😄 웃음 눈웃음 기쁨 smile laugh happy
😁 씩 히죽 이 웃음 grin beam
😆 하하 깔깔 웃겨 laugh haha
😅 식은땀 민망 다행 sweat phew awkward
😂 눈물 폭소 웃겨 ㅋㅋ joy tears laugh lol
🤣 데굴데굴 폭소 빵터짐 ㅋㅋㅋ rofl rolling laugh
😊 미소 수줍 흐뭇 고마워 blush smile warm
😇 천사 착함 angel halo innocent
🙂 미소 괜찮아 slight smile
🙃 거꾸로 반어 upside down
😉 윙크 찡긋 wink
😌 안심 편안 relieved calm
😍 하트눈 반함 사랑 예뻐 heart eyes love
🥰 사랑 행복 하트 love hearts adore
😘 뽀뽀 키스 kiss love
😋 맛있다 냠냠 yum tasty delicious
😛 메롱 tongue
😜 메롱 윙크 장난 wink tongue playful
🤪 신남 미침 엉뚱 crazy goofy zany
😎 멋짐 선글라스 쿨 cool sunglasses
🤩 별눈 감탄 대박 star eyes wow amazed
🥳 파티 축하 생일 party celebrate birthday
😏 씨익 능글 smirk
🤗 안아 포옹 환영 hug welcome
🤭 어머 쿡쿡 giggle oops
🤫 쉿 비밀 조용 shh quiet secret
🤔 고민 생각 음 흠 think hmm
🫡 경례 충성 알겠습니다 salute yes sir
🤨 의심 진짜 갸우뚱 doubt skeptical eyebrow
😐 무표정 덤덤 neutral meh
😑 할말없음 어이없음 expressionless
😶 말없음 침묵 no mouth speechless
😬 으 난감 어색 grimace awkward
🙄 눈굴림 어휴 지겨워 roll eyes
😴 잠 졸려 쿨쿨 자자 sleep zzz tired
🥱 하품 지루 졸려 yawn bored
😪 졸림 피곤 sleepy
🤤 침 먹고싶다 drool
😷 마스크 감기 아파 mask sick
🤒 열 아파 몸살 fever sick ill
🤕 다침 아파 붕대 hurt injured
🤧 재채기 콧물 감기 sneeze cold
🤢 메스꺼움 으웩 nausea sick
🤮 토 우웩 vomit
🥵 더워 폭염 hot heat
🥶 추워 한파 cold freezing
😵 어질 기절 dizzy
🤯 폭발 충격 머리 mind blown shock
😕 갸웃 혼란 confused
😮 놀람 오 헐 wow surprised oh
😲 깜짝 놀람 astonished shocked
😳 당황 부끄 빨개짐 flushed embarrassed
🥺 부탁 제발 애원 please pleading puppy
🥹 감동 울컥 눈물 touched moved tears
😢 눈물 슬픔 흑 cry sad tear
😭 엉엉 통곡 울음 ㅠㅠ sob cry loud
😨 무서움 겁 fear scared
😱 비명 꺄악 공포 scream shock
😞 실망 풀죽음 disappointed
😓 식은땀 힘듦 cold sweat
😫 피곤 지침 exhausted tired
😤 씩씩 콧김 흥 huff triumph
😡 화남 분노 짜증 angry rage mad
😠 화 삐짐 angry
🤬 욕 분노 swear cursing
😈 악마 장난 devil
💀 해골 죽겠다 skull dead
💩 똥 응가 poop
🤡 광대 clown
👻 유령 귀신 ghost
🤖 로봇 봇 robot bot
🙈 안보여 부끄 원숭이 see no evil monkey`],
  ["emoji.people", `
👍 좋아요 최고 엄지 네 굿 like good yes thumbs up
👎 싫어요 별로 반대 dislike no thumbs down
👌 오케이 좋아 완벽 ok perfect
✌️ 브이 승리 평화 victory peace
🤟 사랑해 손 love you
🤙 전화 연락 call me
👈 왼쪽 left
👉 오른쪽 right
👆 위 up
👇 아래 down
☝️ 하나 위 잠깐 one point
✋ 손 멈춰 하이파이브 hand stop high five
👋 안녕 인사 잘가 wave hello hi bye
👏 박수 짝짝 축하 clap applause bravo
🙌 만세 야호 hooray praise
🫶 손하트 사랑 heart hands love
👐 두손 open hands
🤝 악수 약속 동의 handshake deal
🙏 감사 부탁 기도 제발 고마워 thanks please pray
💪 힘 근육 화이팅 아자 strong muscle power
👊 주먹 펀치 fist punch
✍️ 쓰기 메모 write
🫰 손하트 손가락하트 finger heart
🫵 너 당신 you
👀 눈 구경 보는중 eyes look watching
🧠 뇌 똑똑 brain smart
🙋 저요 질문 손들기 raise hand me
🙆 오케이 좋아 ok
🙅 안돼 금지 no
🤷 몰라 글쎄 어깨 shrug dunno
🤦 이마 어휴 facepalm
🙇 인사 죄송 절 감사 bow sorry thanks
🧑‍💻 개발 일 컴퓨터 코딩 developer work coding
🧑‍🎓 학생 졸업 student
🧑‍🏫 선생님 수업 teacher
🧑‍🍳 요리사 cook chef
👶 아기 baby
👵 할머니 grandma
👴 할아버지 grandpa
👫 커플 연인 couple
💃 춤 댄스 dance
🏃 달리기 뛰어 run
🚶 걷기 산책 walk
🧘 명상 요가 meditate yoga
🛀 목욕 반신욕 bath`],
  ["emoji.hearts", `
❤️ 하트 사랑 빨강 heart love red
🧡 주황 하트 orange heart
💛 노랑 하트 yellow heart
💚 초록 하트 green heart
💙 파랑 하트 blue heart
💜 보라 하트 purple heart
🖤 검정 하트 black heart
🤍 하양 하트 white heart
🩷 분홍 하트 pink heart
💔 이별 상심 깨진 하트 broken heart
💕 하트 두개 사랑 two hearts
💖 반짝 하트 sparkle heart
💘 화살 큐피드 cupid
💯 백점 완벽 만점 인정 hundred perfect
💢 화 짜증 anger
💥 쾅 폭발 boom
💦 땀 물 sweat drops
💨 휙 바람 dash wind
💫 어질 별 dizzy star
💬 말풍선 대화 채팅 speech chat
💤 잠 졸려 zzz sleep
✨ 반짝 새것 sparkles shiny new
⭐ 별 star
🌟 별 반짝 star glow
🔥 불 대박 핫 fire hot lit
🎉 축하 폭죽 파티 tada party congrats
🎊 축하 파티 confetti
✅ 완료 체크 확인 done check ok
❌ 아니 엑스 취소 no x wrong
⭕ 동그라미 맞음 circle yes
❓ 물음표 질문 question
❗ 느낌표 중요 exclamation important
⚠️ 주의 경고 조심 warning careful
🚫 금지 안돼 forbidden no
➕ 더하기 추가 plus add
🆕 새로운 new
🆘 도움 구조 sos help
🔴 빨강 red circle
🟢 초록 green circle
🔵 파랑 blue circle
🎵 음악 노래 음표 music note song
🎶 음악 노래 music notes`],
  ["emoji.nature", `
🐶 강아지 개 멍멍 dog puppy
🐱 고양이 야옹 냥이 cat
🐭 쥐 mouse
🐹 햄스터 hamster
🐰 토끼 rabbit bunny
🦊 여우 fox
🐻 곰 bear
🐼 판다 panda
🐨 코알라 koala
🐯 호랑이 tiger
🦁 사자 lion
🐷 돼지 pig
🐵 원숭이 monkey
🐧 펭귄 penguin
🐦 새 bird
🐤 병아리 chick
🦄 유니콘 unicorn
🐝 벌 꿀벌 bee
🦋 나비 butterfly
🐛 벌레 버그 bug
🐢 거북이 느림 turtle slow
🐙 문어 octopus
🐟 물고기 fish
🐳 고래 whale
🐾 발자국 paw
🌸 벚꽃 꽃 봄 cherry blossom flower spring
🌻 해바라기 sunflower
🌷 튤립 tulip
💐 꽃다발 축하 bouquet flowers
🌼 꽃 daisy flower
🌱 새싹 시작 sprout start
🍀 행운 네잎클로버 luck clover
🌳 나무 tree
🍁 단풍 가을 maple autumn
🍂 낙엽 가을 leaves autumn fall
🍃 바람 잎 leaf wind
🌞 해 날씨 sun
☀️ 맑음 해 햇빛 sunny sun
⛅ 구름 흐림 cloud
☁️ 구름 흐림 cloud
🌧️ 비 rain
⚡ 번개 전기 빠름 lightning fast
☔ 우산 비 umbrella rain
❄️ 눈 겨울 추워 snow cold winter
⛄ 눈사람 겨울 snowman
🌈 무지개 rainbow
🌙 달 밤 moon night
🌍 지구 세계 earth world
🌊 파도 바다 wave sea`],
  ["emoji.food", `
🍎 사과 apple
🍊 귤 오렌지 orange
🍋 레몬 lemon
🍉 수박 watermelon
🍓 딸기 strawberry
🍅 토마토 tomato
🌽 옥수수 corn
🍠 고구마 sweet potato
🌶️ 고추 매워 pepper spicy
🍞 빵 bread
🥞 팬케이크 pancake
🧀 치즈 cheese
🍗 치킨 닭다리 chicken
🥩 고기 스테이크 meat steak
🍔 햄버거 burger
🍟 감자튀김 fries
🍕 피자 pizza
🍜 라면 국수 면 ramen noodles
🍝 파스타 스파게티 pasta
🍚 밥 쌀밥 rice
🍙 주먹밥 삼각김밥 rice ball
🍱 도시락 lunch box bento
🍣 초밥 스시 sushi
🥟 만두 dumpling
🍲 찌개 국 탕 stew soup
🥗 샐러드 salad
🥚 계란 달걀 egg
🍳 계란후라이 요리 cooking egg
🍦 아이스크림 ice cream
🍧 빙수 shaved ice
🍩 도넛 donut
🍪 쿠키 과자 cookie
🎂 생일 케이크 birthday cake
🍰 케이크 디저트 cake
🍫 초콜릿 chocolate
🍿 팝콘 영화 구경 popcorn movie
☕ 커피 차 coffee tea
🍵 녹차 차 tea
🧋 버블티 밀크티 bubble tea
🥤 음료 콜라 drink soda
🍺 맥주 beer
🍻 건배 맥주 짠 cheers beer
🥂 건배 축하 샴페인 cheers champagne
🍷 와인 wine
🍶 술 사케 소주 sake
🧊 얼음 ice
🍽️ 식사 밥 meal dinner`],
  ["emoji.play", `
⚽ 축구 soccer football
🏀 농구 basketball
⚾ 야구 baseball
🎾 테니스 tennis
🏸 배드민턴 badminton
🏊 수영 swim
🚴 자전거 cycling bike
⛰️ 산 등산 mountain hiking
🏕️ 캠핑 텐트 camping
🏖️ 해변 바다 휴가 beach vacation
🏆 우승 트로피 1등 trophy win
🥇 금메달 1등 gold first
🎯 목표 명중 target goal
🎮 게임 game
🎲 주사위 보드게임 dice game
🧩 퍼즐 puzzle
🎨 그림 미술 art paint
🎬 영화 촬영 movie
🎤 노래 마이크 노래방 sing mic karaoke
🎧 음악 헤드폰 music headphones
🎸 기타 guitar
📚 책 독서 공부 books study
📖 책 읽기 book read
✈️ 비행기 여행 plane travel
🚗 차 자동차 car
🚌 버스 bus
🚆 기차 전철 train
🚇 지하철 subway
🚲 자전거 bicycle
🚀 로켓 출시 발사 rocket launch ship
🚑 구급차 ambulance
⛵ 배 요트 boat
🗺️ 지도 map
📍 위치 여기 place here
🏠 집 home house
🏡 집 마당 home yard
🏫 학교 school
🏥 병원 hospital
⛺ 텐트 tent
🌃 밤 야경 night
🌅 일출 아침 sunrise
🎁 선물 gift present
🎈 풍선 balloon
🎄 크리스마스 트리 christmas
🎃 할로윈 호박 halloween`],
  ["emoji.things", `
📱 휴대폰 전화 phone
💻 노트북 컴퓨터 laptop computer
🖥️ 컴퓨터 모니터 desktop
⌨️ 키보드 keyboard
📷 카메라 사진 camera photo
🎥 영상 비디오 video
📺 티비 텔레비전 tv
🔋 배터리 battery
🔌 전원 플러그 plug
💡 아이디어 전구 idea light
💰 돈 money
💳 카드 결제 card pay
🧾 영수증 receipt
📈 상승 그래프 up chart
📊 통계 그래프 chart
📅 날짜 달력 일정 calendar date
⏰ 알람 시간 alarm time
⏳ 기다림 모래시계 wait hourglass
🕐 시계 시간 clock
📌 고정 핀 pin
📎 클립 첨부 clip attach
✏️ 연필 쓰기 pencil write
📝 메모 기록 memo note
📄 문서 document
📁 폴더 folder
🗑️ 쓰레기통 삭제 trash delete
📦 택배 상자 package box
✉️ 편지 메일 letter mail
🔍 검색 찾기 돋보기 search find
🔒 잠금 비밀 lock
🔑 열쇠 비밀번호 key
🔧 수리 고치기 wrench fix
⚙️ 설정 톱니 gear settings
🔗 링크 연결 link
🧪 실험 테스트 test lab
💊 약 pill medicine
🩹 반창고 bandage
🧹 청소 빗자루 clean broom
👕 티셔츠 옷 shirt
🎒 가방 책가방 bag
👓 안경 glasses
💍 반지 결혼 ring wedding
👑 왕관 왕 crown king
☂️ 우산 umbrella
🔔 알림 종 bell notice
🔕 무음 조용 mute
📢 공지 확성기 알림 announce loud
📣 응원 알림 cheer
🎓 졸업 학사모 graduation
🏁 결승 완료 finish flag
🇰🇷 한국 태극기 korea flag
🇺🇸 미국 usa flag
🇯🇵 일본 japan flag`],
];
