"""Beyond one machine: Dask clusters, Apache Beam, Apache Spark."""
