/** All data sets of the home. */

import "../styles/datasets.css";
import { useEffect } from "react";
import { TeachDatasets } from "./teachdata.tsx";

export function DatasetsPage() {
  useEffect(() => {
    document.title = "Data · gnomon";
  }, []);
  return (
    <div className="projects datasets">
      <h1>Data</h1>
      <TeachDatasets />
    </div>
  );
}
