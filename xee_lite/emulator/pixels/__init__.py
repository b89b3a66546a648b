"""Operations on images: neighbourhoods, regions, composites, vectors, segmentation."""
