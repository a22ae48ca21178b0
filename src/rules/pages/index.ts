/**
 * The pages of decision models: what is in force for everybody to read, changes for those who may make them, and the account of one
 * decision. They draw what `#rules` describes and hold no rule of their own.
 */
export { accountOfRulingPage, type AccountView } from "./account.ts";
export { draftPage, type DraftView, type TrialCase, type TrialView } from "./draft.ts";
export { draftPaths, draftsPage, uploadPage, type DraftLine, type DraftState, type UploadForm } from "./drafts.ts";
export {
  comparePage,
  csvLine,
  modelPage,
  rulePaths,
  rulesPage,
  tableCsv,
  tablePage,
  type ModelView,
  type RulesView,
  type TableView,
  type VersionLine,
} from "./models.ts";
