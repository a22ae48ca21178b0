interface Words {
  readonly useCard: string;
  readonly followReader: string;
  readonly pin: string;
  readonly pinHelp: string;
  readonly sign: string;
  readonly working: string;
  readonly waiting: string;
}

export const signInWords: Readonly<Record<"zh-Hant" | "en", Words>> = {
  "zh-Hant": {
    useCard: "用卡片登入",
    followReader: "請在 Web eID 視窗輸入 PIN 碼。",
    pin: "卡片的 PIN 碼",
    pinHelp: "只交給這台電腦上的讀卡元件，不會送到我們的主機。",
    sign: "登入",
    working: "讀卡元件處理中……",
    waiting: "等候您在手機上同意……",
  },
  en: {
    useCard: "Sign in with the card",
    followReader: "Type your PIN in the Web eID window.",
    pin: "The card's PIN",
    pinHelp: "It goes to the card software on this computer alone, never to our server.",
    sign: "Sign in",
    working: "The card software is working …",
    waiting: "Waiting for you to approve on your phone …",
  },
};
