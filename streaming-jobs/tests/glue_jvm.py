"""The part of Glue that is on no registry: the Java classes that AWS's `awsglue` calls. They tell of their calls."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pyspark

_SOURCES = {
    "GlueContext": """
        package com.amazonaws.services.glue;
        public class GlueContext { public GlueContext(org.apache.spark.SparkContext context) {} }""",
    "GlueLogger": """
        package com.amazonaws.services.glue.log;
        public class GlueLogger {}""",
    "Job": """
        package com.amazonaws.services.glue.util;
        public class Job {
          public static void init(String name, org.apache.spark.sql.SparkSession spark, java.util.Map<?, ?> arguments) {
            Object run = arguments.get("JOB_RUN_ID");
            System.out.println("Job.init " + name + " on Spark " + spark.version() + " with " + run);
          }
          public static void commit() { System.out.println("Job.commit"); }
        }""",
}


def glue_classes(folder: Path) -> Path:
    """Compiles them; the folder for the class path."""
    files = []
    for name, source in _SOURCES.items():
        files.append(folder / f"{name}.java")
        files[-1].write_text(source)
    javac = Path(os.environ["JAVA_HOME"]) / "bin" / "javac"
    jars = Path(pyspark.__file__).parent / "jars" / "*"
    subprocess.run([javac, "-d", folder / "classes", "-cp", str(jars), *files], check=True)
    return folder / "classes"
