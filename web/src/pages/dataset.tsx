/** One data set. */

import "../styles/datasets.css";
import { useEffect } from "react";
import { Link } from "../components/link.tsx";
import { DATASETS_PATH } from "../lib/url.ts";

export function DatasetPage({ name }: { name: string }) {
  useEffect(() => {
    document.title = `${name} · Data · gnomon`;
  }, [name]);
  return (
    <div className="projects dataset-page">
      <p>
        <Link to={DATASETS_PATH}>Data</Link>
      </p>
      <h1>{name}</h1>
    </div>
  );
}
