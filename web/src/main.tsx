/** Where the application begins. */

import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/filter.css";
import "./styles/menus.css";
import "./styles/table.css";
import "./styles/columns.css";
import "./styles/charts.css";
import "./styles/pages.css";
import "./styles/records.css";
import "./styles/viewers.css";
import "./styles/boards.css";
import "./styles/captured.css";
import "./styles/console.css";
import "./styles/leaderboard.css";
import "./styles/compare.css";
import "./styles/explore.css";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { connect } from "./state/live.ts";

connect();
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
