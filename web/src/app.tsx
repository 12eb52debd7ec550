/** Which page an address shows. */

import { lazy, Suspense } from "react";
import { Guard } from "./components/guard.tsx";
import { Shell } from "./components/shell.tsx";
import { MissingPage } from "./pages/missing.tsx";
import { ProjectsPage } from "./pages/projects.tsx";
import { RunsPage } from "./pages/runs.tsx";
import { usePlace } from "./state/router.ts";

// Charts are what people come for; the code of the rest arrives when it is asked for.
const RunPage = lazy(async () => ({ default: (await import("./pages/run.tsx")).RunPage }));
const DashboardPage = lazy(async () => ({ default: (await import("./pages/dashboard.tsx")).DashboardPage }));
const LeaderboardPage = lazy(async () => ({ default: (await import("./pages/leaderboard.tsx")).LeaderboardPage }));
const ComparePage = lazy(async () => ({ default: (await import("./pages/compare.tsx")).ComparePage }));
const DashboardsPage = lazy(async () => ({ default: (await import("./pages/dashboards.tsx")).DashboardsPage }));
const CanvasPage = lazy(async () => ({ default: (await import("./pages/canvas.tsx")).CanvasPage }));
const DatasetsPage = lazy(async () => ({ default: (await import("./pages/datasets.tsx")).DatasetsPage }));
const DatasetPage = lazy(async () => ({ default: (await import("./pages/dataset.tsx")).DatasetPage }));
const CanvasesPage = lazy(async () => ({ default: (await import("./pages/canvases.tsx")).CanvasesPage }));
const JobsPage = lazy(async () => ({ default: (await import("./pages/jobs.tsx")).JobsPage }));
const ModelsPage = lazy(async () => ({ default: (await import("./pages/models.tsx")).ModelsPage }));
const ModelPage = lazy(async () => ({ default: (await import("./pages/model.tsx")).ModelPage }));
const ModelTestPage = lazy(async () => ({ default: (await import("./pages/modeltest.tsx")).ModelTestPage }));
const EndpointsPage = lazy(async () => ({ default: (await import("./pages/endpoints.tsx")).EndpointsPage }));
const EndpointPage = lazy(async () => ({ default: (await import("./pages/endpoint.tsx")).EndpointPage }));
const SweepPage = lazy(async () => ({ default: (await import("./pages/sweep.tsx")).SweepPage }));
const JobPage = lazy(async () => ({ default: (await import("./pages/job.tsx")).JobPage }));

export function App() {
  const { route } = usePlace();
  const key = JSON.stringify(route);
  return (
    <Shell>
      <Guard key={key}>
        <Suspense>
          <Page key={key} />
        </Suspense>
      </Guard>
    </Shell>
  );
}

function Page() {
  const { route } = usePlace();
  switch (route.page) {
    case "projects":
      return <ProjectsPage />;
    case "runs":
      return <RunsPage project={route.project} />;
    case "run":
      return <RunPage project={route.project} id={route.run} />;
    case "leaderboard":
      return <LeaderboardPage project={route.project} />;
    case "compare":
      return <ComparePage project={route.project} />;
    case "dashboards":
      return <DashboardsPage project={route.project} />;
    case "dashboard":
      return <DashboardPage name={route.name} />;
    case "canvases":
      return <CanvasesPage project={route.project} />;
    case "canvas":
      return <CanvasPage project={route.project} id={route.graph} />;
    case "datasets":
      return <DatasetsPage />;
    case "dataset":
      return <DatasetPage name={route.name} />;
    case "jobs":
      return <JobsPage />;
    case "sweep":
      return <SweepPage id={route.sweep} />;
    case "job":
      return <JobPage id={route.job} />;
    case "models":
      return <ModelsPage />;
    case "model":
      return <ModelPage name={route.name} />;
    case "modeltest":
      return <ModelTestPage name={route.name} version={route.version} />;
    case "endpoints":
      return <EndpointsPage />;
    case "endpoint":
      return <EndpointPage name={route.name} />;
    case "missing":
      return <MissingPage path={route.path} />;
  }
}
