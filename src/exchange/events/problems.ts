import { problemTable, type ProblemEntry } from "#kernel";

/** Refusals of events: of types, publications, subscriptions and deliveries; part of the exchange's table. */
export type EventProblem =
  | "event-type-unknown"
  | "event-type-exists"
  | "event-type-invalid"
  | "event-invalid"
  | "event-too-large"
  | "event-unknown"
  | "event-key-reused"
  | "subscription-unknown"
  | "subscription-exists"
  | "subscription-invalid"
  | "delivery-not-held";

export const eventProblems: Readonly<Record<EventProblem, ProblemEntry>> = problemTable({
  "event-type-unknown": {
    status: 404,
    title: { "zh-Hant": "這裡沒有這種事件", en: "This room has no such kind of event" },
    action: {
      "zh-Hant": "請檢查事件類型的名稱，或請管理這個系統的機關先建立。",
      en: "Check the name of the event type, or ask the agency that runs the room to make it.",
    },
    when: "Publishing, subscribing or removing under an event type that the room does not have.",
  },
  "event-type-exists": {
    status: 409,
    title: { "zh-Hant": "這種事件已經存在", en: "This event type exists already" },
    action: { "zh-Hant": "請選用別的名稱，或先刪除舊的。", en: "Choose another name, or remove the old one first." },
    when: "An event type is made under a name that the room has.",
  },
  "event-type-invalid": {
    status: 400,
    title: { "zh-Hant": "事件類型的說明不正確", en: "The event type is not described well" },
    action: {
      "zh-Hant": "請給 eventType（英文字母、數字、. _ -）與 schema（JSON Schema draft-07）。",
      en: "Give eventType (letters, digits, . _ -) and schema (JSON Schema draft-07).",
    },
    when: "Name or schema of an event type cannot be used; `reason` says why.",
  },
  "event-invalid": {
    status: 400,
    title: { "zh-Hant": "事件內容不符合規定的格式", en: "The event does not meet its description" },
    action: {
      "zh-Hant": "請對照事件類型的 schema。",
      en: "Compare the event with the schema of its type.",
    },
    when: "A publication is no PublishEvent, names another type, or its event fails the schema; `reason` says where, without values.",
  },
  "event-too-large": {
    status: 413,
    title: { "zh-Hant": "事件內容太大", en: "The event is too large" },
    action: {
      "zh-Hant": "請在事件中放代碼，讓訂閱者再用資料服務讀取內容。",
      en: "Put a reference into the event and let subscribers read the rest by a data service.",
    },
    when: "An event is longer than 256 KiB.",
  },
  "event-unknown": {
    status: 404,
    title: { "zh-Hant": "找不到這個事件", en: "There is no such event" },
    action: {
      "zh-Hant": "請檢查事件編號；保存期限過後事件會刪除。",
      en: "Check the event's id; events are removed after their retention.",
    },
    when: "No event of that id and type, or not one the caller may see.",
  },
  "event-key-reused": {
    status: 409,
    title: {
      "zh-Hant": "同一個 Idempotency-Key 已用於別的事件",
      en: "This Idempotency-Key was used for another event",
    },
    action: { "zh-Hant": "每個事件請用新的 Idempotency-Key。", en: "Use a new Idempotency-Key for each event." },
    when: "A publisher repeats an idempotency key with another type, key or event.",
  },
  "subscription-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有訂閱這種事件", en: "There is no subscription to these events" },
    action: { "zh-Hant": "請先訂閱。", en: "Subscribe first." },
    when: "The caller has no subscription to the event type.",
  },
  "subscription-exists": {
    status: 409,
    title: { "zh-Hant": "已經訂閱這種事件", en: "These events are subscribed to already" },
    action: { "zh-Hant": "請用 PATCH 修改訂閱。", en: "Change the subscription with PATCH." },
    when: "The caller subscribes a second time to an event type.",
  },
  "subscription-invalid": {
    status: 400,
    title: { "zh-Hant": "訂閱的內容不正確", en: "The subscription is not well formed" },
    action: {
      "zh-Hant": "請檢查 delivery、options.TTL、options.FIFO、options.service 與 options.path。",
      en: "Check delivery, options.TTL, options.FIFO, options.service and options.path.",
    },
    when: "A member of a subscription, or a position to replay from, cannot be used; `reason` names it.",
  },
  "delivery-not-held": {
    status: 409,
    title: { "zh-Hant": "這個事件目前不在您手上", en: "This event is not in your hands" },
    action: {
      "zh-Hant": "請先用 GET 取得事件，並在六十秒內確認。推送的訂閱不能用取的。",
      en: "Take the event with GET and acknowledge it within sixty seconds. What is pushed cannot be pulled.",
    },
    when: "Acknowledging what was not taken or is a dead letter, or pulling where the subscription is PUSH.",
  },
});
