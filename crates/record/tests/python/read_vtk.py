"""Reads the files of tests/vtk.rs with VTK and compares what is in them."""

import os
import sys

from vtkmodules.vtkIOXML import vtkXMLImageDataReader, vtkXMLPolyDataReader

folder = sys.argv[1]

image = vtkXMLImageDataReader()
image.SetFileName(os.path.join(folder, "fields-0.vti"))
image.Update()
data = image.GetOutput()
assert data.GetExtent() == (0, 4, 0, 2, 0, 3), data.GetExtent()
assert data.GetSpacing() == (10.0, 5.0, 2.5), data.GetSpacing()
oxygen = data.GetCellData().GetArray("oxygen [mmHg]")
assert [oxygen.GetValue(k) for k in range(24)] == [k / 8 for k in range(24)]
assert data.GetCellData().GetArray("a <b> & c").GetValue(5) == 1

points = vtkXMLPolyDataReader()
points.SetFileName(os.path.join(folder, "cells-0.vtp"))
points.Update()
data = points.GetOutput()
assert data.GetNumberOfPoints() == 2 and data.GetNumberOfVerts() == 2
assert data.GetPoint(1) == (4.5, 5.5, 6.5), data.GetPoint(1)
assert data.GetPointData().GetArray("id").GetValue(1) == 1 << 40

points.SetFileName(os.path.join(folder, "empty.vtp"))
points.Update()
assert points.GetOutput().GetNumberOfPoints() == 0
