import type { Language, Localised } from "#kernel";
import { both } from "#ui";

const words: Readonly<Record<number, Localised>> = {
  0: both(
    "沒有收到回覆：閘道或服務在三十秒內沒有回答，或連不上。請看「診斷」。",
    "No answer: the gateway or the service did not answer within thirty seconds, or cannot be reached. See Diagnosis.",
  ),
  400: both(
    "服務看不懂這個請求。請對照它的說明檢查每一欄。",
    "The service does not understand the request. Check each field against its description.",
  ),
  401: both(
    "服務自己還要求登入，這與權限無關。請詢問提供機關。",
    "The service itself asks for a sign-in, beside the right. Ask the agency that provides it.",
  ),
  403: both(
    "不允許這個呼叫。交換代碼的連結會說明是哪一項權限。",
    "The call is not allowed. The link of the exchange says by which right.",
  ),
  404: both("沒有這筆資料，或服務沒有這個路徑。", "There is no such record, or the service has no such path."),
  413: both("請求太大。", "The request is too large."),
  415: both("服務不接受這種格式的內容。", "The service does not take content of this type."),
  422: both(
    "服務看得懂請求，但其中的值不正確。",
    "The service understands the request, but a value in it is not right.",
  ),
  429: both("呼叫太多次。請稍後再試。", "Too many calls. Try again later."),
  500: both(
    "提供者這一邊出錯，問題不在這個請求。",
    "Something failed at the provider's side; the request is not to blame.",
  ),
  502: both(
    "閘道連得上，但它背後的服務沒有正確回答。",
    "The gateway was reached, but the service behind it gave no proper answer.",
  ),
  503: both("服務暫時不能用。請稍後再試。", "The service is not available now. Try again later."),
  504: both(
    "服務回答得太慢。請稍後再試，或少要一些資料。",
    "The service took too long. Try again later, or ask for less.",
  ),
};

/** What a status means for whoever tried the call, where the answer itself has no words of ours; nothing for success. */
export function statusWords(status: number, lang: Language): string | undefined {
  if (status >= 200 && status < 400) return undefined;
  const known = words[status] ?? words[status >= 500 ? 500 : status >= 400 ? 400 : 0];
  return known?.[lang];
}
